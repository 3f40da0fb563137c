// What a workflow may import, and the globals it has. Written by `millrace init`, kept current by `millrace dev`; not uploaded.


type BodyInit = string | ArrayBuffer | ArrayBufferView | Blob | FormData | URLSearchParams;
type HeadersInit = Headers | Record<string, string> | Iterable<readonly [string, string]>;

/** Writes to the run's log, with the run's id and without secrets. */
interface Console {
  log(...values: unknown[]): void;
  info(...values: unknown[]): void;
  warn(...values: unknown[]): void;
  error(...values: unknown[]): void;
  debug(...values: unknown[]): void;
  trace(...values: unknown[]): void;
  dir(value: unknown): void;
  table(value: unknown): void;
  group(...values: unknown[]): void;
  groupCollapsed(...values: unknown[]): void;
  groupEnd(): void;
  assert(condition: unknown, ...values: unknown[]): void;
  count(label?: string): void;
  countReset(label?: string): void;
  time(label?: string): void;
  timeLog(label?: string, ...values: unknown[]): void;
  timeEnd(label?: string): void;
}
declare var console: Console;

/** Sleeps of more than a few seconds cost nothing: the run leaves memory and comes back. */
declare function setTimeout(callback: (...args: any[]) => void, ms?: number, ...args: any[]): number;
declare function clearTimeout(id: number | undefined): void;
declare function setInterval(callback: (...args: any[]) => void, ms?: number, ...args: any[]): number;
declare function clearInterval(id: number | undefined): void;
declare function queueMicrotask(callback: () => void): void;
declare function structuredClone<T>(value: T): T;
declare function atob(base64: string): string;
declare function btoa(latin1: string): string;

interface RequestInit {
  method?: string;
  headers?: HeadersInit;
  body?: BodyInit | null;
  redirect?: 'follow' | 'manual' | 'error';
  signal?: AbortSignal | null;
  cache?: string;
  credentials?: string;
  keepalive?: boolean;
  mode?: string;
}

/** Performed by the host, recorded in the run's journal, and not repeated when the run is replayed. */
declare function fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>;

declare class Headers implements Iterable<[string, string]> {
  constructor(init?: HeadersInit);
  append(name: string, value: string): void;
  delete(name: string): void;
  get(name: string): string | null;
  has(name: string): boolean;
  set(name: string, value: string): void;
  getSetCookie(): string[];
  forEach(callback: (value: string, name: string, headers: Headers) => void, self?: unknown): void;
  entries(): IterableIterator<[string, string]>;
  keys(): IterableIterator<string>;
  values(): IterableIterator<string>;
  [Symbol.iterator](): IterableIterator<[string, string]>;
}

/** A body as a stream of one chunk: answers arrive whole. */
interface BodyStream extends AsyncIterable<Uint8Array> {
  readonly locked: boolean;
  getReader(): { read(): Promise<{ value: Uint8Array | undefined; done: boolean }>; cancel(): Promise<void>; releaseLock(): void; readonly closed: Promise<void> };
  cancel(): Promise<void>;
}

declare class Request {
  constructor(input: string | URL | Request, init?: RequestInit);
  readonly url: string;
  readonly method: string;
  readonly headers: Headers;
  readonly redirect: string;
  readonly signal: AbortSignal;
  readonly cache: string;
  readonly credentials: string;
  readonly destination: string;
  readonly duplex: string;
  readonly integrity: string;
  readonly keepalive: boolean;
  readonly mode: string;
  readonly referrer: string;
  readonly referrerPolicy: string;
  readonly body: BodyStream | null;
  readonly bodyUsed: boolean;
  clone(): Request;
  text(): Promise<string>;
  json(): Promise<any>;
  arrayBuffer(): Promise<ArrayBuffer>;
  bytes(): Promise<Uint8Array>;
  blob(): Promise<Blob>;
  formData(): Promise<FormData>;
}

declare class Response {
  constructor(body?: BodyInit | null, init?: { status?: number; statusText?: string; headers?: HeadersInit });
  static json(data: unknown, init?: { status?: number; statusText?: string; headers?: HeadersInit }): Response;
  static error(): Response;
  static redirect(url: string | URL, status?: number): Response;
  readonly ok: boolean;
  readonly status: number;
  readonly statusText: string;
  readonly type: string;
  readonly url: string;
  readonly redirected: boolean;
  readonly headers: Headers;
  readonly body: BodyStream | null;
  readonly bodyUsed: boolean;
  clone(): Response;
  text(): Promise<string>;
  json(): Promise<any>;
  arrayBuffer(): Promise<ArrayBuffer>;
  bytes(): Promise<Uint8Array>;
  blob(): Promise<Blob>;
  formData(): Promise<FormData>;
}

declare class Blob {
  constructor(parts?: Iterable<string | ArrayBuffer | ArrayBufferView | Blob>, options?: { type?: string });
  readonly size: number;
  readonly type: string;
  text(): Promise<string>;
  arrayBuffer(): Promise<ArrayBuffer>;
  bytes(): Promise<Uint8Array>;
  slice(start?: number, end?: number, type?: string): Blob;
}

declare class File extends Blob {
  constructor(parts: Iterable<string | ArrayBuffer | ArrayBufferView | Blob>, name: string, options?: { type?: string; lastModified?: number });
  readonly name: string;
  readonly lastModified: number;
}

declare class FormData implements Iterable<[string, string | File]> {
  append(name: string, value: string | Blob, filename?: string): void;
  set(name: string, value: string | Blob, filename?: string): void;
  get(name: string): string | File | null;
  getAll(name: string): (string | File)[];
  has(name: string): boolean;
  delete(name: string): void;
  forEach(callback: (value: string | File, name: string, form: FormData) => void, self?: unknown): void;
  entries(): IterableIterator<[string, string | File]>;
  keys(): IterableIterator<string>;
  values(): IterableIterator<string | File>;
  [Symbol.iterator](): IterableIterator<[string, string | File]>;
}

declare class URL {
  constructor(url: string | URL, base?: string | URL);
  static canParse(url: string | URL, base?: string | URL): boolean;
  static parse(url: string | URL, base?: string | URL): URL | null;
  hash: string;
  host: string;
  hostname: string;
  href: string;
  readonly origin: string;
  password: string;
  pathname: string;
  port: string;
  protocol: string;
  search: string;
  readonly searchParams: URLSearchParams;
  username: string;
  toString(): string;
  toJSON(): string;
}

declare class URLSearchParams implements Iterable<[string, string]> {
  constructor(init?: string | Record<string, string> | Iterable<readonly [string, string]>);
  readonly size: number;
  append(name: string, value: string): void;
  delete(name: string, value?: string): void;
  get(name: string): string | null;
  getAll(name: string): string[];
  has(name: string, value?: string): boolean;
  set(name: string, value: string): void;
  sort(): void;
  forEach(callback: (value: string, name: string, params: URLSearchParams) => void, self?: unknown): void;
  entries(): IterableIterator<[string, string]>;
  keys(): IterableIterator<string>;
  values(): IterableIterator<string>;
  [Symbol.iterator](): IterableIterator<[string, string]>;
  toString(): string;
}

declare class Event {
  constructor(type: string, init?: { bubbles?: boolean; cancelable?: boolean; composed?: boolean });
  readonly type: string;
  readonly target: EventTarget | null;
  readonly currentTarget: EventTarget | null;
  readonly srcElement: EventTarget | null;
  readonly bubbles: boolean;
  readonly cancelable: boolean;
  readonly composed: boolean;
  readonly defaultPrevented: boolean;
  readonly returnValue: boolean;
  readonly eventPhase: number;
  readonly isTrusted: boolean;
  readonly timeStamp: number;
  composedPath(): EventTarget[];
  preventDefault(): void;
  stopPropagation(): void;
  stopImmediatePropagation(): void;
}

declare class CustomEvent<T = any> extends Event {
  constructor(type: string, init?: { bubbles?: boolean; cancelable?: boolean; composed?: boolean; detail?: T });
  readonly detail: T;
}

type EventListener = ((event: Event) => void) | { handleEvent(event: Event): void };

declare class EventTarget {
  addEventListener(type: string, listener: EventListener | null, options?: boolean | { once?: boolean; capture?: boolean; signal?: AbortSignal }): void;
  removeEventListener(type: string, listener: EventListener | null, options?: boolean | { capture?: boolean }): void;
  dispatchEvent(event: Event): boolean;
}

declare class AbortSignal extends EventTarget {
  private constructor();
  static abort(reason?: unknown): AbortSignal;
  static timeout(ms: number): AbortSignal;
  static any(signals: Iterable<AbortSignal>): AbortSignal;
  readonly aborted: boolean;
  readonly reason: any;
  onabort: ((event: Event) => void) | null;
  throwIfAborted(): void;
}

declare class AbortController {
  readonly signal: AbortSignal;
  abort(reason?: unknown): void;
}

declare class DOMException extends Error {
  constructor(message?: string, name?: string | { name?: string; cause?: unknown });
  readonly name: string;
  readonly code: number;
}

/** What the engine throws when its memory is used up; no other engine has it, so a workflow does not name it. */
declare class InternalError extends Error {
  name: string;
  message: string;
}

declare class TextEncoder {
  readonly encoding: string;
  encode(text?: string): Uint8Array<ArrayBuffer>;
  encodeInto(text: string, destination: Uint8Array): { read: number; written: number };
}

declare class TextDecoder {
  constructor(label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean });
  readonly encoding: string;
  readonly fatal: boolean;
  readonly ignoreBOM: boolean;
  decode(bytes?: ArrayBuffer | ArrayBufferView, options?: { stream?: boolean }): string;
}

type HashName = 'SHA-1' | 'SHA-256' | 'SHA-384' | 'SHA-512';
interface HmacParams {
  name: 'HMAC';
  hash: HashName | { name: HashName };
}
type HmacUsage = 'sign' | 'verify';
interface JsonWebKey {
  kty: 'oct';
  k: string;
  alg?: string;
  ext?: boolean;
  key_ops?: string[];
}

declare class CryptoKey {
  private constructor();
  readonly type: string;
  readonly extractable: boolean;
  readonly algorithm: { name: string; hash: { name: string }; length: number };
  readonly usages: string[];
}

declare class SubtleCrypto {
  private constructor();
  digest(algorithm: HashName | { name: HashName }, data: ArrayBuffer | ArrayBufferView): Promise<ArrayBuffer>;
  importKey(format: 'raw', key: ArrayBuffer | ArrayBufferView, algorithm: HmacParams, extractable: boolean, usages: HmacUsage[]): Promise<CryptoKey>;
  importKey(format: 'jwk', key: JsonWebKey, algorithm: HmacParams, extractable: boolean, usages: HmacUsage[]): Promise<CryptoKey>;
  generateKey(algorithm: HmacParams & { length?: number }, extractable: boolean, usages: HmacUsage[]): Promise<CryptoKey>;
  exportKey(format: 'raw', key: CryptoKey): Promise<ArrayBuffer>;
  exportKey(format: 'jwk', key: CryptoKey): Promise<JsonWebKey>;
  sign(algorithm: 'HMAC' | { name: 'HMAC' }, key: CryptoKey, data: ArrayBuffer | ArrayBufferView): Promise<ArrayBuffer>;
  verify(algorithm: 'HMAC' | { name: 'HMAC' }, key: CryptoKey, signature: ArrayBuffer | ArrayBufferView, data: ArrayBuffer | ArrayBufferView): Promise<boolean>;
}

/** Randomness comes from the run's seed: a replay sees the same values. */
declare class Crypto {
  private constructor();
  randomUUID(): string;
  getRandomValues<T extends ArrayBufferView>(array: T): T;
  readonly subtle: SubtleCrypto;
}
declare var crypto: Crypto;

/** The run's clock, which stands still between answers of the host. */
interface Performance {
  now(): number;
  readonly timeOrigin: number;
  toJSON(): { timeOrigin: number };
}
declare var performance: Performance;

declare module '@millrace/sdk/ai-models' {
  /** Names of models. The host maps any of them to the configured backend. */
  export const AIModels: {
      readonly LLAMA_3_8B: "@cf/meta/llama-3-8b-instruct";
      readonly LLAMA_2_7B: "@cf/meta/llama-2-7b-chat-int8";
      readonly LLAMA_2_7B_FP16: "@cf/meta/llama-2-7b-chat-fp16";
      readonly MISTRAL_7B: "@cf/mistral/mistral-7b-instruct-v0.1";
      readonly PHI_2: "@cf/microsoft/phi-2";
      readonly QWEN_15_7B: "@cf/qwen/qwen1.5-7b-chat-awq";
      readonly DEEPSEEK_CODER: "@cf/deepseek-ai/deepseek-coder-6.7b-instruct-awq";
      readonly CODE_LLAMA: "@cf/meta/codellama-7b-instruct-awq";
      readonly DEEPSEEK_MATH: "@cf/deepseek-ai/deepseek-math-7b-instruct";
      readonly BGE_SMALL: "@cf/baai/bge-small-en-v1.5";
      readonly BGE_BASE: "@cf/baai/bge-base-en-v1.5";
      readonly BGE_LARGE: "@cf/baai/bge-large-en-v1.5";
      readonly STABLE_DIFFUSION_XL: "@cf/stabilityai/stable-diffusion-xl-base-1.0";
      readonly DREAMSHAPER: "@cf/lykon/dreamshaper-8-lcm";
      readonly RESNET_50: "@cf/microsoft/resnet-50";
      readonly WHISPER: "@cf/openai/whisper";
      readonly WHISPER_TINY: "@cf/openai/whisper-tiny-en-v1";
      readonly M2M100: "@cf/meta/m2m100-1.2b";
      readonly DISTILBERT_SST2: "@cf/huggingface/distilbert-sst-2-int8";
  };
  /** Name of a model. */
  export type AIModel = (typeof AIModels)[keyof typeof AIModels];
}

declare module '@millrace/sdk/breaking' {
  import type { InputField } from '@millrace/sdk/types/input';
  import type { IntegrationRequirement } from '@millrace/sdk/types/integrations';
  /** The parts of a definition whose changes customers notice. */
  export interface ComparableDefinition {
      inputs?: Record<string, InputField>;
      config?: Record<string, InputField>;
      integrations?: readonly IntegrationRequirement[];
      trigger?: {
          type: string;
          service?: string;
          event?: string;
          events?: readonly string[];
          [option: string]: unknown;
      };
  }
  /** One difference between two versions. */
  export interface DefinitionChange {
      kind: 'input_removed' | 'input_added' | 'input_type_changed' | 'input_required' | 'option_removed' | 'integration_added' | 'integration_removed' | 'scope_added' | 'trigger_changed';
      /** Field, service or trigger. */
      subject: string;
      /** Whether existing installations need attention. */
      breaking: boolean;
      message: string;
  }
  /** Everything that differs, breaking or not. */
  export function detectBreakingChanges(before: ComparableDefinition, after: ComparableDefinition): DefinitionChange[];
  /** Whether a change needs the attention of existing installations. */
  export function isBreakingChange(change: DefinitionChange): boolean;
  /** What to do about each breaking change. */
  export function getMigrationHints(changes: DefinitionChange[]): string[];
  /** One line per change. */
  export function formatChangesForDisplay(changes: DefinitionChange[]): string[];
  /** All changes in numbers and words. */
  export function createBreakingChangeSummary(changes: DefinitionChange[]): {
      hasBreakingChanges: boolean;
      breakingCount: number;
      totalCount: number;
      summary: string;
  };
}

declare module '@millrace/sdk/cache' {
  import type { KVNamespace, Storage } from '@millrace/sdk/types/context';
  /** A cache over `env.KV`. */
  export interface Cache {
      get<T = any>(key: string): Promise<T | null>;
      set(key: string, value: unknown, options?: {
          ttl?: number;
          tags?: string[];
      }): Promise<void>;
      delete(key: string): Promise<void>;
      has(key: string): Promise<boolean>;
      /** The cached value; what `make` returns, from now on cached, when there is none. */
      getOrSet<T>(key: string, make: () => T | Promise<T>, options?: {
          ttl?: number;
          tags?: string[];
      }): Promise<T>;
      invalidateByTag(tag: string): Promise<void>;
      invalidateByTags(tags: string[]): Promise<void>;
  }
  /** A cache whose keys start with `prefix`. Times to live are seconds. */
  export function createCache(kv: KVNamespace, prefix?: string): Cache;
  /** The interface of `storage` over a part of `env.KV`. */
  export function createKVStorage(kv: KVNamespace, prefix?: string): Storage;
}

declare module '@millrace/sdk/calendly' {
  /** What {@link Calendly.extractMeetingDetails} finds. */
  export interface MeetingDetails {
      eventType: string;
      inviteeName: string;
      inviteeEmail: string;
      eventName: string;
      startTime: string;
      endTime: string;
      location: string | null;
      joinUrl: string | null;
      cancelUrl: string | null;
      rescheduleUrl: string | null;
      questionsAndAnswers: Record<string, string>;
      timezone: string;
      isCanceled: boolean;
      cancellationReason: string | null;
  }
  /** Helpers for Calendly's webhooks. */
  export class Calendly {
      /** The meeting that a webhook (`{ event, payload }`) is about. */
      static extractMeetingDetails(webhook: any): MeetingDetails;
  }
}

declare module '@millrace/sdk/client' {
  /** Options of {@link BaseHTTPClient}. */
  export interface HTTPClientOptions {
      baseUrl: string;
      /** Milliseconds; 30,000 by default. */
      timeout?: number;
      headers?: Record<string, string>;
  }
  /** Requests below one address. A 429 is waited for and retried once. */
  export class BaseHTTPClient {
      protected readonly baseUrl: string;
      protected readonly timeout: number | undefined;
      protected readonly headers: Record<string, string>;
      constructor(options: HTTPClientOptions);
      get(path: string, init?: RequestInit): Promise<Response>;
      post(path: string, body?: unknown, init?: RequestInit): Promise<Response>;
      put(path: string, body?: unknown, init?: RequestInit): Promise<Response>;
      patch(path: string, body?: unknown, init?: RequestInit): Promise<Response>;
      delete(path: string, init?: RequestInit): Promise<Response>;
      getJson<T = any>(path: string, init?: RequestInit): Promise<T>;
      postJson<T = any>(path: string, body?: unknown, init?: RequestInit): Promise<T>;
      putJson<T = any>(path: string, body?: unknown, init?: RequestInit): Promise<T>;
      patchJson<T = any>(path: string, body?: unknown, init?: RequestInit): Promise<T>;
      deleteJson<T = any>(path: string, init?: RequestInit): Promise<T>;
      /** Headers that every request carries. */
      protected authorise(): Promise<Record<string, string>>;
      protected request(method: string, path: string, init?: RequestInit): Promise<Response>;
      protected send(method: string, path: string, init: RequestInit): Promise<Response>;
      private json;
  }
  /** A fresh token. */
  export interface RefreshedToken {
      accessToken: string;
      /** Epoch milliseconds. */
      expiresAt?: number;
  }
  /** Options of {@link AuthenticatedHTTPClient}. */
  export interface AuthenticatedHTTPClientOptions extends HTTPClientOptions {
      accessToken: string;
      tokenRefresh?: {
          expiresAt?: number;
          refresh: () => Promise<RefreshedToken>;
      };
  }
  /** Requests with a bearer token, refreshed five minutes before it expires and once after a 401. */
  export class AuthenticatedHTTPClient extends BaseHTTPClient {
      #private;
      constructor(options: AuthenticatedHTTPClientOptions);
      protected authorise(): Promise<Record<string, string>>;
      protected request(method: string, path: string, init?: RequestInit): Promise<Response>;
  }
}

declare module '@millrace/sdk/config' {
  type Config = Record<string, any> | null | undefined;
  /** The member at a dotted path; undefined when any part is missing. */
  export function getByPath<T = any>(object: unknown, path: string): T | undefined;
  /** The first of several paths that has a value. */
  export function getConfigValue<T = any>(config: Config, ...paths: string[]): T | undefined;
  /** The resource chosen in a step of the set-up: `config[step].resourceId`, else `config[step].id`, else the value itself. */
  export function extractResourceId(config: Config, step: string): string | undefined;
  /** Reads a configuration by paths: `parseConfig(config, { channel: 'slack.channel' })`; several paths are alternatives. */
  export function parseConfig<K extends string>(config: Config, paths: Record<K, string | string[]>): Record<K, any>;
  /** Several configurations in one; later ones win, nested objects are merged, undefined overrides nothing. */
  export function mergeConfigs<T = Record<string, any>>(...configs: Config[]): T;
  /** Builds a configuration step by step. */
  export class ConfigBuilder {
      #private;
      /** Sets the member at a dotted path. */
      set(path: string, value: unknown): this;
      /** Merges a configuration into this one. */
      merge(config: Config): this;
      /** Sets members that have no value yet. */
      defaults(config: Config): this;
      /** The configuration. */
      build<T = Record<string, any>>(): T;
  }
  export {};
}

declare module '@millrace/sdk/csv' {
  /** Options of {@link parseCSV} and {@link toCSV}. */
  export interface CSVOptions {
      /** `,` by default. */
      delimiter?: string;
      /** Whether the first line names the columns; true by default. */
      headers?: boolean;
  }
  /** Rows of a CSV text: objects by column name, or arrays when `headers` is false. Quoted fields may hold anything. */
  export function parseCSV(text: string, options: CSVOptions & {
      headers: false;
  }): string[][];
  export function parseCSV(text: string, options?: CSVOptions): Record<string, string>[];
  /** CSV text of rows: objects (columns in order of first appearance) or arrays. */
  export function toCSV(rows: readonly (Record<string, unknown> | readonly unknown[])[], options?: Omit<CSVOptions, 'headers'> & {
      headers?: boolean | string[];
  }): string;
}

declare module '@millrace/sdk/dates' {
  /** Whether a value is a valid date: a Date, a number of milliseconds or a text that can be parsed. */
  export function isValidDate(value: unknown): boolean;
  /** `2024-01-15`, in UTC. */
  export function formatDateYMD(date: Date | string | number): string;
  /** `2024-01-15T09:30:00.000Z` */
  export function formatDateISO(date: Date | string | number): string;
  /** Unix seconds. */
  export function formatDateUnix(date: Date | string | number): number;
  /** Date and time in English words and the given zone. */
  export function formatLocalDate(date: Date | string | number, options?: Intl.DateTimeFormatOptions): string;
  /** The zone of the sandbox's clock: `UTC`. For the user's zone declare an input of type `timezone`. */
  export function getUserTimezone(): string;
  /** Minutes that the sandbox's clock is behind UTC, as Date counts them. */
  export function getTimezoneOffset(date?: Date): number;
  /** Formats with the tokens `YYYY YY MM M DD D HH H mm m ss s`. */
  export function formatDate(date: Date | string | number, format?: string): string;
  /** `just now`, `5 minutes ago`, `in 2 days`. */
  export function relativeTime(date: Date | string | number): string;
}

declare module '@millrace/sdk/define' {
  import type { WorkflowDefinition } from '@millrace/sdk/types/definition';
  import type { InputField, InputFields } from '@millrace/sdk/types/input';
  import type { IntegrationRequirement } from '@millrace/sdk/types/integrations';
  import type { ProjectConfig } from '@millrace/sdk/types/listing';
  import type { Trigger } from '@millrace/sdk/types/trigger';
  /**
   * Declares a workflow. Returns what it is given; its use is that editors know the types of `inputs`, `integrations`, `trigger` and
   * of everything else that `execute` receives.
   */
  export function defineWorkflow<const I extends InputFields, const C extends InputFields, const R extends readonly IntegrationRequirement[], const T extends Trigger, const W extends readonly Trigger[] = readonly []>(definition: WorkflowDefinition<I, C, R, T, W>): WorkflowDefinition<I, C, R, T, W>;
  /** Declares the project configuration, the default export of `millrace.config.ts`. */
  export function defineConfig(config: ProjectConfig): ProjectConfig;
  /** One configuration field with its name: `{ key, ...schema, ...options }`. */
  export function defineConfigField<S extends Partial<InputField>, O extends Record<string, unknown> = Record<string, never>>(key: string, schema: S, options?: O): {
      key: string;
  } & S & O;
  /** The workflow's id: `metadata.id`, else the primary pair's, else the name in lower case with dashes. */
  export function getWorkflowId(definition: Pick<WorkflowDefinition<any, any, any, any>, 'metadata' | 'pathway' | 'name'>): string;
  /** The workflow's name, `Unnamed Workflow` if it has none. */
  export function getWorkflowName(definition: Pick<WorkflowDefinition<any, any, any, any>, 'metadata' | 'name'>): string;
  /** The workflow's description, empty if it has none. */
  export function getWorkflowDescription(definition: Pick<WorkflowDefinition<any, any, any, any>, 'metadata' | 'description'>): string;
}

declare module '@millrace/sdk/dribbble' {
  import type { ActionResult } from '@millrace/sdk/result';
  /** What {@link Dribbble.extractShotDetails} finds. */
  export interface ShotDetails {
      id: number;
      title: string;
      description: string | null;
      imageUrl: string | null;
      thumbnailUrl: string | null;
      hdImageUrl: string | null;
      isAnimated: boolean;
      tags: string[];
      publishedAt: Date;
      webUrl: string;
      dimensions: {
          width: number;
          height: number;
      };
      hasVideo: boolean;
      videoUrl: string | null;
  }
  /**
   * Dribbble's API. The token it is made with is only a sign that the account is connected: the host finds the connection by
   * itself, and the real token never leaves it.
   */
  export class Dribbble {
      constructor(options: {
          accessToken: string;
      });
      /** Shots of the connected user, newest first. */
      listShots(options?: {
          perPage?: number;
          page?: number;
      }): Promise<ActionResult<any[]>>;
      /** The useful parts of a shot. */
      static extractShotDetails(shot: any): ShotDetails;
  }
}

declare module '@millrace/sdk/durable' {
  /** A length of time (`'30m'`, `'3d'`, milliseconds) or an instant. */
  export type Delay = number | string | Date;
  /** A length of time: `'30m'`, `'2h'`, `'7d'`, or milliseconds. */
  export type Duration = number | string;
  /**
   * Waits. A wait of more than a few seconds costs nothing: the run leaves memory and goes on where it was, even after a
   * restart or a deploy.
   */
  export function sleep(delay: Delay): Promise<void>;
  /** The same as {@link sleep}. */
  export const delay: typeof sleep;
  /** An event that a run waited for. */
  export interface ReceivedEvent<T = any> {
      name: string;
      data: T;
  }
  /** Waits until an event arrives; null when `timeout` passes first. */
  export function waitForEvent<T = any>(name: string, options?: {
      match?: Record<string, unknown>;
      timeout?: Duration;
  }): Promise<ReceivedEvent<T> | null>;
  /** What somebody is asked to decide. */
  export interface ApprovalRequest {
      title: string;
      detail?: unknown;
      /** E-mail addresses or user ids; without them any administrator of the organisation. */
      approvers?: string[];
      timeout?: Duration;
  }
  /** What was decided. */
  export interface ApprovalDecision {
      approved: boolean;
      decidedBy?: string;
      comment?: string;
      /** Nobody decided in time; `approved` is false. */
      timedOut: boolean;
  }
  /** Asks people for a decision and waits for it. */
  export function approval(request: ApprovalRequest): Promise<ApprovalDecision>;
  /** Runs another workflow of the organisation as a child and waits for its output; its failure is thrown. */
  export function invoke<T = any>(workflow: string, input?: unknown): Promise<T>;
  /** What became of one item. */
  export type BatchResult<R> = {
      index: number;
      ok: true;
      value: R;
  } | {
      index: number;
      ok: false;
      error: {
          message: string;
          code?: string;
      };
  };
  /** Options of {@link batch}. */
  export interface BatchOptions {
      /** Items worked on at the same time; 5 by default. */
      concurrency?: number;
      /** `continue` (default) records a failure and goes on; `stop` starts no further item and throws the first failure. */
      onError?: 'continue' | 'stop';
  }
  /** Works through items, several at a time, and records one result for each. */
  export function batch<T, R>(items: readonly T[], work: (item: T, index: number) => R | Promise<R>, options?: BatchOptions): Promise<BatchResult<R>[]>;
  /**
   * Starts the workflow afresh with an empty journal; `state` arrives as `context.state`. For loops without end.
   * Code behind it does not run: `return continueWith(state)`.
   */
  export function continueWith(state: unknown): Promise<never>;
  /**
   * Performs what `fn` asks for at most once. After a crash at the wrong moment the outcome is an error with code `unknown`
   * instead of a second attempt. For payments and other things that must not happen twice.
   */
  export function atMostOnce<T>(fn: () => T | Promise<T>): Promise<T>;
}

declare module '@millrace/sdk/duration' {
  /** Milliseconds of `'30m'`, `'2h'`, `'7d'`, `'2w'` (also `ms`, `s`, `y`); undefined for anything else. */
  export function parseDurationMs(text: string): number | undefined;
  /** Whether a text is a duration. */
  export function isValidDuration(text: string): boolean;
  /** The instant a duration ago, as Unix seconds; undefined if it is no duration. */
  export function parseSinceToUnixSeconds(since: string | Date | undefined): number | undefined;
  /** The instant a duration ago (`'24h'`), or the date a text names; undefined if it is neither. */
  export function parseSinceToDate(since: string | Date | undefined): Date | undefined;
  /** The instant a duration before or after now. */
  export function getRelativeDate(duration: string, direction?: 'past' | 'future'): Date;
  /** The range from `since` (a duration ago, or a date) until `until` (now by default). */
  export function createDateRange(since: string | Date, until?: string | Date): {
      start: Date;
      end: Date;
  };
}

declare module '@millrace/sdk/error-codes' {
  /** Codes of errors. The members' names are the values in upper case; three have an older second name. */
  export const ErrorCode: {
      readonly AUTH_MISSING: "auth_missing";
      readonly AUTH_INVALID: "auth_invalid";
      readonly AUTH_INSUFFICIENT_SCOPE: "auth_insufficient_scope";
      readonly AUTH_EXPIRED: "auth_expired";
      readonly RATE_LIMITED: "rate_limited";
      readonly QUOTA_EXCEEDED: "quota_exceeded";
      readonly INVALID_CONFIG: "invalid_config";
      readonly MISSING_REQUIRED_FIELD: "missing_required_field";
      readonly INVALID_INPUT: "invalid_input";
      readonly PROCESSING_ERROR: "processing_error";
      readonly CONFIGURATION_ERROR: "configuration_error";
      readonly PERMISSION_DENIED: "permission_denied";
      readonly NOT_FOUND: "not_found";
      readonly CONFLICT: "conflict";
      readonly API_ERROR: "api_error";
      readonly DATABASE_ERROR: "database_error";
      readonly SEARCH_ERROR: "search_error";
      readonly AI_MODEL_ERROR: "ai_model_error";
      readonly VALIDATION_ERROR: "validation_error";
      readonly PAYMENT_FAILED: "payment_failed";
      readonly NETWORK_ERROR: "network_error";
      readonly PROVIDER_DOWN: "provider_down";
      readonly TIMEOUT: "timeout";
      readonly CANCELLED: "cancelled";
      readonly UNKNOWN: "unknown";
      readonly RATE_LIMIT: "rate_limited";
      readonly UNKNOWN_ERROR: "unknown";
      readonly EXTERNAL_SERVICE_ERROR: "provider_down";
  };
  /** A code of an error. */
  export type ErrorCode = (typeof ErrorCode)[keyof typeof ErrorCode];
  /** Families of codes. */
  export const ErrorCategory: {
      readonly AUTHENTICATION: "authentication";
      readonly RATE_LIMIT: "rate_limit";
      readonly CONFIGURATION: "configuration";
      readonly API: "api";
      readonly NETWORK: "network";
      readonly WORKFLOW: "workflow";
      readonly UNKNOWN: "unknown";
  };
  /** A family of codes. */
  export type ErrorCategory = (typeof ErrorCategory)[keyof typeof ErrorCategory];
  interface Rule {
      category: ErrorCategory;
      retryable: boolean;
      maxRetries: number;
  }
  /** Family, and whether and how often a code is retried. */
  export function ruleOf(code: string): Rule;
  /** The code of an HTTP status that is no success. */
  export function codeOfStatus(status: number): ErrorCode;
  export {};
}

declare module '@millrace/sdk/errors' {
  import { ErrorCode, type ErrorCategory } from '@millrace/sdk/error-codes';
  /** Circumstances of an {@link IntegrationError}. */
  export interface ErrorDetails {
      integration?: string;
      action?: string;
      statusCode?: number;
      providerCode?: string;
      providerMessage?: string;
      retryable: boolean;
      retryAfterMs?: number;
      maxRetries?: number;
      correlationId?: string;
      metadata?: Record<string, unknown>;
  }
  /** An error with a code that says what can be done about it. */
  export class IntegrationError extends Error {
      readonly name = "IntegrationError";
      readonly code: ErrorCode | (string & {});
      readonly category: ErrorCategory;
      readonly context: ErrorDetails;
      /** Epoch milliseconds. */
      readonly timestamp: number;
      constructor(code: ErrorCode | (string & {}), message: string, context?: Partial<ErrorDetails>);
      isRetryable(): boolean;
      getRetryAfterMs(): number | undefined;
      getMaxRetries(): number;
      shouldRefreshAuth(): boolean;
      /** Nothing but a person can help. */
      shouldNotifyUser(): boolean;
      isUnauthorized(): boolean;
      isForbidden(): boolean;
      isNotFound(): boolean;
      isConflict(): boolean;
      isRateLimited(): boolean;
      isValidationError(): boolean;
      isNetworkError(): boolean;
      isServerError(): boolean;
      /** The account must be connected again. */
      requiresReauth(): boolean;
      /** One sentence for the person who uses the workflow. */
      getUserMessage(): string;
      toJSON(): Record<string, unknown>;
  }
  /** Whether a value is an {@link IntegrationError}. */
  export function isIntegrationError(value: unknown): value is IntegrationError;
  /** Whether a value has the methods of an {@link IntegrationError}, whoever made it. */
  export function hasUnifiedErrorInterface(value: unknown): value is IntegrationError;
  /** Any thrown value as an {@link IntegrationError}; one without a known code becomes `unknown`. */
  export function toIntegrationError(value: unknown, context?: Partial<ErrorDetails>): IntegrationError;
  /** The error of an HTTP answer that is no success. Reads its body. */
  export function createErrorFromResponse(response: Response, context?: Partial<ErrorDetails>): Promise<IntegrationError>;
  /** How loudly a person should be told. */
  export function getBreakdownSeverity(error: IntegrationError): 'silent' | 'ambient' | 'notification' | 'blocking';
}

declare module '@millrace/sdk/fluent-ai' {
  import { ActionResult } from '@millrace/sdk/result';
  type Generate = (options: {
      prompt: string;
      system?: string;
      temperature?: number;
      max_tokens?: number;
  }) => Promise<ActionResult<{
      text: string;
  }>>;
  /** Prompts for common purposes. Made by `createAIClient(env).for(intent, depth)`. */
  export class FluentAI {
      #private;
      constructor(generate: Generate, intent: string, depth: string);
      /** Values that a text holds, as an object with the members of `schema`. */
      extractStructured<T = any>(text: string, schema: Record<string, unknown>, options?: {
          context?: string;
      }): Promise<ActionResult<T>>;
      /** A summary, analysis or other rendering of contents. */
      synthesize(content: string | string[], options: {
          type: string;
          output?: string;
          context?: string;
      }): Promise<ActionResult<string>>;
      /** An answer to a message or situation. */
      respond(context: string, options: {
          tone: string;
          length?: string;
          format?: string;
      }): Promise<ActionResult<string>>;
  }
  export {};
}

declare module '@millrace/sdk/http' {
  /** Options of the functions of {@link http}. */
  export interface HttpOptions {
      headers?: Record<string, string>;
      query?: Record<string, string | number | boolean | null | undefined>;
      /** Objects and arrays are sent as JSON. */
      body?: unknown;
      /** Milliseconds; 30,000 by default. */
      timeout?: number;
      retry?: {
          attempts?: number;
          backoff?: 'linear' | 'exponential';
          delay?: number;
      };
  }
  /** A successful answer. */
  export interface HttpResponse<T = any> {
      /** Parsed JSON if the answer says it is JSON, text otherwise. */
      data: T;
      status: number;
      headers: Record<string, string>;
      ok: true;
  }
  /** An answer that is no success. */
  export class HttpError extends Error {
      readonly name = "HttpError";
      readonly status: number;
      /** The answer's body, parsed if it is JSON. */
      readonly response: any;
      readonly code: string;
      constructor(message: string, status: number, response?: unknown);
  }
  /** Requests that throw {@link HttpError} unless they succeed. */
  export const http: {
      get: <T = any>(url: string, options?: HttpOptions) => Promise<HttpResponse<T>>;
      post: <T = any>(url: string, options?: HttpOptions) => Promise<HttpResponse<T>>;
      put: <T = any>(url: string, options?: HttpOptions) => Promise<HttpResponse<T>>;
      patch: <T = any>(url: string, options?: HttpOptions) => Promise<HttpResponse<T>>;
      delete: <T = any>(url: string, options?: HttpOptions) => Promise<HttpResponse<T>>;
  };
}

declare module '@millrace/sdk/id' {
  /** `${prefix}_${time in base 36}_${6 random characters}`. The same on every replay of a run. */
  export function generateId(prefix?: string): string;
  /** The id of a playlist given by its id or by a URL with a `list` parameter; null if there is none. */
  export function extractPlaylistId(urlOrId: string): string | null;
}

declare module '@millrace/sdk' {
  /**
   * Millrace workflows.
   *
   * A bundle takes from here only what the workflow imports by name, so a large index costs nothing.
   */
  export { defineConfig, defineConfigField, defineWorkflow, getWorkflowDescription, getWorkflowId, getWorkflowName } from '@millrace/sdk/define';
  export { cron, describeTrigger, isManualTrigger, isPollTrigger, isScheduleTrigger, isWebhookTrigger, manual, poll, schedule, webhook, type ScheduleOptions, type WebhookOptions, } from '@millrace/sdk/trigger';
  export { approval, atMostOnce, batch, continueWith, delay, invoke, sleep, waitForEvent, type ApprovalDecision, type ApprovalRequest, type BatchOptions, type BatchResult, type Delay, type Duration, type ReceivedEvent, } from '@millrace/sdk/durable';
  export * from '@millrace/sdk/result';
  export { ErrorCategory, ErrorCode } from '@millrace/sdk/error-codes';
  export * from '@millrace/sdk/errors';
  export * from '@millrace/sdk/response';
  export { http, HttpError, type HttpOptions, type HttpResponse } from '@millrace/sdk/http';
  export { createRateLimitAwareRetry, defaultShouldRetry, fetchWithRetry, parseRetryAfter, shouldRetryResponse, withRetry, type RetryContext, type RetryOptions, } from '@millrace/sdk/retry';
  export * from '@millrace/sdk/tracing';
  export * from '@millrace/sdk/client';
  export * from '@millrace/sdk/steps';
  export * from '@millrace/sdk/workers-ai';
  export { createCache, createKVStorage, type Cache } from '@millrace/sdk/cache';
  export * from '@millrace/sdk/unsupported';
  export * from '@millrace/sdk/version';
  export * from '@millrace/sdk/breaking';
  export * from '@millrace/sdk/integrations';
  export { generateId } from '@millrace/sdk/id';
  export * from '@millrace/sdk/duration';
  export * from '@millrace/sdk/dates';
  export * from '@millrace/sdk/list';
  export * from '@millrace/sdk/text';
  export * from '@millrace/sdk/csv';
  export { transform } from '@millrace/sdk/transform';
  export * from '@millrace/sdk/config';
  export type * from '@millrace/sdk/types/context';
  export type * from '@millrace/sdk/types/definition';
  export type * from '@millrace/sdk/types/input';
  export type * from '@millrace/sdk/types/integrations';
  export type * from '@millrace/sdk/types/listing';
  export type * from '@millrace/sdk/types/standard';
  export type * from '@millrace/sdk/types/trigger';
}

declare module '@millrace/sdk/integration' {
  /** Results, errors and clients, for code that talks to services. */
  export * from '@millrace/sdk/result';
  export * from '@millrace/sdk/error-codes';
  export * from '@millrace/sdk/errors';
  export * from '@millrace/sdk/response';
  export * from '@millrace/sdk/client';
}

declare module '@millrace/sdk/integrations' {
  /** What the integrations package exports: helpers for services' data. */
  export { Calendly, type MeetingDetails } from '@millrace/sdk/calendly';
  export { Dribbble, type ShotDetails } from '@millrace/sdk/dribbble';
  export { Typeform } from '@millrace/sdk/typeform';
  export { extractPlaylistId } from '@millrace/sdk/id';
}

declare module '@millrace/sdk/list' {
  /** The items a predicate accepts. */
  export function filter<T>(items: readonly T[], predicate: (item: T, index: number) => boolean): T[];
  /** Each item transformed. */
  export function map<T, R>(items: readonly T[], transform: (item: T, index: number) => R): R[];
  /** All items folded into one value. */
  export function reduce<T, R>(items: readonly T[], reducer: (accumulated: R, item: T, index: number) => R, initial: R): R;
  /** The first item a predicate accepts. */
  export function find<T>(items: readonly T[], predicate: (item: T, index: number) => boolean): T | undefined;
  /** Items by the text of a member or of what a function makes of them. */
  export function groupBy<T>(items: readonly T[], key: keyof T | ((item: T) => unknown)): Record<string, T[]>;
  /** Each item once; two items are the same if their key is. */
  export function unique<T>(items: readonly T[], key?: keyof T | ((item: T) => unknown)): T[];
  /** Consecutive pieces of at most `size` items. */
  export function chunk<T>(items: readonly T[], size: number): T[][];
  /** One level of nesting removed. */
  export function flatten<T>(items: readonly (T | readonly T[])[]): T[];
  /** A sorted copy; missing values come last in either direction. */
  export function sortBy<T>(items: readonly T[], key: keyof T | ((item: T) => unknown), direction?: 'asc' | 'desc'): T[];
}

declare module '@millrace/sdk/response' {
  import type { StandardList } from '@millrace/sdk/types/standard';
  /** A list in the common shape. */
  export function buildStandardList<T>(items: T[], metadata?: StandardList['metadata']): StandardList<T>;
  /** Where the next page is, read from the members that providers use for it. */
  export function extractPaginationMetadata(response: any): {
      hasMore: boolean;
      cursor?: string;
      total?: number;
  };
  /** The rate limit of a response's headers; undefined if they tell none. `reset` is epoch seconds, as providers write it. */
  export function extractRateLimitInfo(headers: {
      get(name: string): string | null;
  }): {
      remaining: number;
      reset: number;
      limit?: number;
  } | undefined;
  /** `{ success: true, data, … }` */
  export function buildSuccessResponse<T>(data: T, metadata?: Record<string, unknown>): {
      success: true;
      data: T;
      metadata?: Record<string, unknown>;
  };
  /** `{ success: false, error, … }` */
  export function buildErrorResponse(error: unknown, code?: string): {
      success: false;
      error: string;
      code?: string;
  };
  /** What `read` returns; `fallback` when it throws or finds nothing. */
  export function safeGet<T>(read: () => T, fallback?: T): T | undefined;
}

declare module '@millrace/sdk/result' {
  import type { StandardData } from '@millrace/sdk/types/standard';
  /** What a result can be used for. */
  export interface Capabilities {
      canHandleText?: boolean;
      canHandleRichText?: boolean;
      canHandleHtml?: boolean;
      canHandleMarkdown?: boolean;
      canHandleAttachments?: boolean;
      canHandleImages?: boolean;
      supportsSearch?: boolean;
      supportsPagination?: boolean;
      supportsBulkOperations?: boolean;
      supportsNesting?: boolean;
      supportsRelations?: boolean;
      supportsMetadata?: boolean;
  }
  /** Where a result comes from. */
  export interface ResultMetadata {
      source: {
          integration: string;
          action: string;
      };
      /** `<integration>.<type>.v<n>` */
      schema: string;
      /** Epoch milliseconds. */
      timestamp: number;
      rateLimit?: {
          remaining: number;
          reset: number;
          limit?: number;
      };
      cost?: {
          credits?: number;
          operations?: number;
      };
      [extra: string]: unknown;
  }
  /** Why an action failed. Also reads as its message: `throw new Error(result.error)`. */
  export interface ResultError {
      message: string;
      code: string;
  }
  /** What every integration method returns. It does not throw when the provider fails. */
  export interface ActionResult<T = any> {
      success: boolean;
      /** null on failure. */
      data: T;
      /** Present exactly when `success` is false. */
      error?: ResultError;
      metadata: ResultMetadata;
      capabilities: Capabilities;
      standard?: StandardData;
  }
  /** Details of a successful result. */
  export interface SuccessOptions {
      integration?: string;
      action?: string;
      schema?: string;
      capabilities?: Capabilities;
      metadata?: Record<string, unknown>;
      standard?: StandardData;
      rateLimit?: ResultMetadata['rateLimit'];
      cost?: ResultMetadata['cost'];
  }
  /** Makes results. */
  export const ActionResult: {
      success<T>(data: T, options?: SuccessOptions): ActionResult<T>;
      error<T = any>(message: string, code?: string, options?: {
          data?: T;
          integration?: string;
          action?: string;
      }): ActionResult<T>;
  };
  /** Makes a result from `{success: true, data}`, from `{success: false, error}`, or from `{data, integration, action, schema, …}`. */
  export function createActionResult<T = any>(given: {
      success?: boolean;
      data?: T;
      error?: string | {
          message: string;
          code?: string;
      };
  } & SuccessOptions): ActionResult<T>;
  /** Whether a value is a complete result. */
  export function isActionResult(value: unknown): value is ActionResult;
  /** The data of a successful result; throws an Error with the result's code otherwise. */
  export function unwrapResult<T>(result: ActionResult<T>): T;
  /** The message of a failure, in whichever form it is written. */
  export function getErrorMessage(result: {
      error?: unknown;
  } | null | undefined, fallback?: string): string;
  /** The code of a failure; undefined if there is none. */
  export function getErrorCode(result: {
      error?: unknown;
  } | null | undefined): string | undefined;
  /** Whether a result failed with a code. */
  export function hasErrorCode(result: {
      error?: unknown;
  } | null | undefined, code: string): boolean;
  /** Whether a result failed. */
  export function isFailure<T>(result: ActionResult<T>): result is ActionResult<T> & {
      success: false;
      error: ResultError;
  };
  /** Whether a result succeeded. */
  export function isSuccess<T>(result: ActionResult<T>): result is ActionResult<T> & {
      success: true;
  };
}

declare module '@millrace/sdk/retry-after' {
  /** Milliseconds that a `Retry-After` header (seconds or a date) asks to wait; null without one. */
  export function parseRetryAfter(response: {
      headers?: {
          get(name: string): string | null;
      };
  } | null | undefined): number | null;
}

declare module '@millrace/sdk/retry' {
  export { parseRetryAfter } from '@millrace/sdk/retry-after';
  /** What an attempt knows about those before it. */
  export interface RetryContext {
      /** 1 for the first. */
      attempt: number;
      maxAttempts: number;
      lastError?: unknown;
      totalElapsedMs: number;
  }
  /** How to retry. */
  export interface RetryOptions {
      /** Attempts in all; 3 by default. */
      maxAttempts?: number;
      backoff?: 'exponential' | 'linear' | 'constant';
      /** Milliseconds before the second attempt; 1,000 by default. */
      initialDelay?: number;
      /** Longest pause in milliseconds; 30,000 by default. */
      maxDelay?: number;
      /** Share of the pause by which it varies; 0.1 by default. */
      jitter?: number;
      shouldRetry?: (error: unknown, context: RetryContext) => boolean | Promise<boolean>;
      onRetry?: (error: unknown, context: RetryContext, delayMs: number) => void | Promise<void>;
  }
  /** Calls `fn` until it succeeds, with growing pauses. The pauses are durable. */
  export function withRetry<T>(fn: (context: RetryContext) => T | Promise<T>, options?: RetryOptions): Promise<T>;
  /** Network failures, time-outs, and answers with status 429 or 500 and above. */
  export function defaultShouldRetry(error: unknown): boolean;
  /** Whether an answer is worth another attempt: 429, or 500 and above. */
  export function shouldRetryResponse(response: {
      status: number;
  }): boolean;
  /** `fetch` that is retried on network failures, 429 and 5xx. Without success the last answer is thrown. */
  export function fetchWithRetry(url: string | URL, init?: RequestInit, options?: RetryOptions & {
      timeout?: number;
  }): Promise<Response>;
  /** A `shouldRetry` that waits as long as a 429 asks for, up to `maxWait` milliseconds. */
  export function createRateLimitAwareRetry(options?: {
      maxWait?: number;
      onRateLimit?: (waitMs: number) => void | Promise<void>;
  }): (error: unknown) => Promise<boolean>;
  /** Adds a time limit to a request. Without one the host's own limit of 30 seconds holds, which needs no timer. */
  export function withTimeout(init: RequestInit, timeout: number | undefined): RequestInit;
}

declare module '@millrace/sdk/steps' {
  import type { Storage } from '@millrace/sdk/types/context';
  /** State of one step. */
  export interface StepState {
      name: string;
      status: 'completed' | 'failed';
      result?: unknown;
      error?: string;
      completedAt?: number;
      failedAt?: number;
  }
  /** State of an execution, as it is stored. */
  export interface ExecutionState {
      executionId: string;
      startedAt: number;
      currentStep: string | null;
      steps: Record<string, StepState>;
      completed: boolean;
      completedAt?: number;
  }
  /** Options of {@link createStepExecutor}. */
  export interface StepExecutorOptions {
      /** After how many seconds the state is forgotten; seven days by default. */
      ttlSeconds?: number;
      /** Whether a failing step throws (default) or yields undefined. */
      throwOnFailure?: boolean;
      onSkip?: (name: string, result: unknown) => void;
      onExecute?: (name: string) => void;
      onFail?: (name: string, error: unknown) => void;
  }
  /** Runs named steps once each, across runs. */
  export interface StepExecutor {
      /** Runs `fn`, unless the step was completed earlier: then its stored result is returned. */
      step<T>(name: string, fn: () => T | Promise<T>): Promise<T>;
      stepIf<T>(condition: boolean, name: string, fn: () => T | Promise<T>): Promise<T | undefined>;
      getStepResult<T = any>(name: string): Promise<T | undefined>;
      isStepCompleted(name: string): Promise<boolean>;
      getProgress(): Promise<StepProgress>;
      /** Marks the execution as complete; `cleanup` removes its state. */
      complete(cleanup?: boolean): Promise<void>;
      reset(): Promise<void>;
  }
  /** How far an execution is. */
  export interface StepProgress {
      executionId: string;
      startedAt: number;
      completedSteps: string[];
      failedSteps: string[];
      pendingSteps: string[];
      isComplete: boolean;
  }
  /** Id of the execution for one event: the same event on the same day resumes where it stopped. */
  export function generateExecutionId(workflowId: string, eventId: string, timestamp?: string): string;
  /**
   * Steps that survive from one run to the next, kept in `storage`.
   *
   * Within one run nothing of this is needed: plain code is durable by itself. It is for work that a later run of the same
   * event must not repeat.
   */
  export function createStepExecutor(storage: Storage, executionId: string, options?: StepExecutorOptions): StepExecutor;
}

declare module '@millrace/sdk/testing' {
  /** Stand-ins for testing a workflow's functions. */
  export { createMockContext, createTestWorkflow, type MockContextOptions } from '@millrace/sdk/testing/context';
  export { createMockFetch, type MockAnswer } from '@millrace/sdk/testing/fetch';
  export { createExpiredTokens, createMockTokens, MockOAuthManager, type MockTokens } from '@millrace/sdk/testing/oauth';
  export { MockStorage } from '@millrace/sdk/testing/storage';
  export { createMockTrigger } from '@millrace/sdk/testing/trigger';
  export { expectError, waitFor } from '@millrace/sdk/testing/expect';
}

declare module '@millrace/sdk/testing/context' {
  import type { Context, Env, Logger } from '@millrace/sdk/types/context';
  import type { WorkflowDefinition } from '@millrace/sdk/types/definition';
  import type { TriggerInstance } from '@millrace/sdk/types/trigger';
  import { MockStorage } from '@millrace/sdk/testing/storage';
  /** What a mock context may be given. */
  export interface MockContextOptions {
      trigger?: TriggerInstance;
      inputs?: Record<string, any>;
      integrations?: Record<string, any>;
      storage?: MockStorage;
      env?: Env;
      actions?: Record<string, (input: any) => any>;
      log?: Logger;
      runId?: string;
  }
  /** A context as `execute` receives it. */
  export function createMockContext(options?: MockContextOptions): Context & {
      storage: MockStorage;
  };
  /** A complete workflow that succeeds, with the given parts in place of its own. */
  export function createTestWorkflow(parts?: Partial<WorkflowDefinition>): WorkflowDefinition;
}

declare module '@millrace/sdk/testing/expect' {
  /** Waits until `condition` holds; throws after `timeout` milliseconds. */
  export function waitFor(condition: () => boolean | Promise<boolean>, options?: {
      timeout?: number;
      interval?: number;
  }): Promise<void>;
  /** Expects `fn` to throw, with `text` in the message if given. Returns the error. */
  export function expectError(fn: () => unknown, text?: string | RegExp): Promise<Error>;
}

declare module '@millrace/sdk/testing/fetch' {
  /** One answer of {@link createMockFetch}. */
  export interface MockAnswer {
      ok?: boolean;
      status?: number;
      statusText?: string;
      headers?: Record<string, string>;
      json?: unknown;
      text?: string;
  }
  /** A `fetch` that answers by URL (exact, else the longest that the URL starts with) and keeps its `calls`. */
  export function createMockFetch(answers: Record<string, MockAnswer | ((url: string, init?: RequestInit) => MockAnswer)>): typeof fetch & {
      calls: {
          url: string;
          init?: RequestInit;
      }[];
  };
}

declare module '@millrace/sdk/testing/oauth' {
  /** Tokens of a connection. */
  export interface MockTokens {
      accessToken: string;
      refreshToken: string;
      /** Epoch milliseconds. */
      expiresAt: number;
      scopes: string[];
  }
  /** Tokens that are valid for an hour. */
  export function createMockTokens(more?: Partial<MockTokens>): MockTokens;
  /** Tokens that expired an hour ago. */
  export function createExpiredTokens(more?: Partial<MockTokens>): MockTokens;
  /** Connections in memory. */
  export class MockOAuthManager {
      #private;
      setTokens(service: string, tokens?: MockTokens): void;
      getTokens(service: string): Promise<MockTokens | null>;
      isConnected(service: string): Promise<boolean>;
      /** Replaces the tokens by fresh ones. */
      refreshTokens(service: string): Promise<MockTokens>;
      disconnect(service: string): Promise<void>;
  }
}

declare module '@millrace/sdk/testing/storage' {
  import type { Storage } from '@millrace/sdk/types/context';
  /** `storage` in memory, with the real one's copies and nulls. */
  export class MockStorage implements Storage {
      #private;
      constructor(initial?: Record<string, unknown>);
      get<T = any>(key: string): Promise<T | null>;
      set(key: string, value: unknown): Promise<void>;
      put(key: string, value: unknown): Promise<void>;
      delete(key: string): Promise<void>;
      keys(): Promise<string[]>;
      has(key: string): Promise<boolean>;
      list(options?: {
          prefix?: string;
          limit?: number;
          cursor?: string;
      }): Promise<{
          keys: string[];
          cursor?: string;
          complete: boolean;
      }>;
      /** Everything stored. */
      snapshot(): Record<string, any>;
      clear(): void;
  }
}

declare module '@millrace/sdk/testing/trigger' {
  import type { TriggerInstance } from '@millrace/sdk/types/trigger';
  /** A trigger as `execute` receives it. */
  export function createMockTrigger(type?: TriggerInstance['type'], data?: any, more?: Partial<TriggerInstance>): TriggerInstance;
}

declare module '@millrace/sdk/text' {
  /** `Grüße aus Köln!` → `grusse-aus-koln`. */
  export function slugify(text: string): string;
  /** At most `max` characters, the suffix included. */
  export function truncate(text: string, max: number, suffix?: string): string;
  /** First letter in upper case. */
  export function capitalize(text: string): string;
  /** First letter of each word in upper case, the others in lower case. */
  export function titleCase(text: string): string;
  /** Replaces `{{word}}` (or `{{a.b}}`) by the member of `data`; unknown ones by nothing. */
  export function template(text: string, data: Record<string, unknown>): string;
  /** `some_field-name` → `someFieldName`. */
  export function toCamelCase(text: string): string;
  /** Parses JSON; `fallback` (undefined by default) when it is none. */
  export function parseJSON<T = any>(text: string, fallback?: T): T | undefined;
}

declare module '@millrace/sdk/tracing' {
  /** Header that carries a trace from service to service. */
  export const TRACE_ID_HEADER = "X-Trace-ID";
  /** A place in a trace. */
  export interface TraceContext {
      traceId: string;
      spanId: string;
      parentSpanId?: string;
      name?: string;
  }
  type HeadersLike = {
      get(name: string): string | null;
  } | Record<string, string | undefined> | null | undefined;
  /** The trace id that headers carry, else a new one. */
  export function getTraceId(headers?: HeadersLike): string;
  /** A copy of `headers` that carries the trace. */
  export function propagateTrace(headers: Record<string, string>, trace: string | TraceContext): Record<string, string>;
  /** Headers that carry a trace (a new one by default). */
  export function createTraceHeaders(trace?: string | TraceContext): Record<string, string>;
  /** A trace, or the part of one that headers carry. */
  export function createTraceContext(headers?: HeadersLike, name?: string): TraceContext;
  /** A place below another one. */
  export function createChildSpan(parent: TraceContext, name?: string): TraceContext;
  /** Writes lines of JSON that carry `context`. */
  export function createLogger(context?: Record<string, unknown>): Record<'debug' | 'info' | 'warn' | 'error', (message: string, data?: Record<string, unknown>) => void>;
  /** What `fn` returns and how many milliseconds it took. */
  export function timed<T>(fn: () => T | Promise<T>): Promise<{
      result: T;
      durationMs: number;
  }>;
  /** A stop-watch in milliseconds of the run's clock, which advances with each answer of the host. */
  export function createTimer(): {
      elapsed(): number;
      reset(): void;
      stop(): number;
  };
  export {};
}

declare module '@millrace/sdk/transform' {
  import { parseCSV, toCSV } from '@millrace/sdk/csv';
  import { formatDate, relativeTime } from '@millrace/sdk/dates';
  import { chunk, filter, find, flatten, groupBy, map, reduce, sortBy, unique } from '@millrace/sdk/list';
  import { capitalize, parseJSON, slugify, template, titleCase, truncate } from '@millrace/sdk/text';
  /** The functions for lists, texts and dates in one object. Each is also exported by its own name. */
  export const transform: {
      filter: typeof filter;
      map: typeof map;
      reduce: typeof reduce;
      find: typeof find;
      groupBy: typeof groupBy;
      unique: typeof unique;
      chunk: typeof chunk;
      flatten: typeof flatten;
      sortBy: typeof sortBy;
      parseJSON: typeof parseJSON;
      parseCSV: typeof parseCSV;
      toCSV: typeof toCSV;
      formatDate: typeof formatDate;
      relativeTime: typeof relativeTime;
      slugify: typeof slugify;
      truncate: typeof truncate;
      capitalize: typeof capitalize;
      titleCase: typeof titleCase;
      template: typeof template;
  };
}

declare module '@millrace/sdk/trigger' {
  import type { CatchUp, ManualTrigger, PollTrigger, ScheduleTrigger, Trigger, WebhookTrigger } from '@millrace/sdk/types/trigger';
  /** Options of {@link webhook}. */
  export type WebhookOptions = Omit<WebhookTrigger, 'type'>;
  /** Runs when a service reports an event (`service`) or when something is posted to an address of its own (`path`). */
  export function webhook<const O extends WebhookOptions>(options: O): {
      type: 'webhook';
  } & O;
  /** Options of {@link schedule}; `cron` and `schedule` mean the same. */
  export interface ScheduleOptions {
      cron?: string;
      schedule?: string;
      timezone?: string;
      catchUp?: CatchUp;
  }
  /** Runs at the times of a five-field cron expression: `schedule('0 9 * * 1-5', { timezone: 'Europe/Berlin' })`. */
  export function schedule(expression: string, options?: {
      timezone?: string;
      catchUp?: CatchUp;
  }): ScheduleTrigger;
  export function schedule(options: ScheduleOptions): ScheduleTrigger;
  /** The same as {@link schedule}. */
  export const cron: typeof schedule;
  /** Runs when somebody asks. */
  export function manual(options?: {
      description?: string;
  }): ManualTrigger;
  /** Runs again and again after an interval: seconds, or text such as `15min` or `1h`. */
  export function poll<const O extends Omit<PollTrigger, 'type'>>(options: O): {
      type: 'poll';
  } & O;
  /** Whether a trigger is a webhook. */
  export function isWebhookTrigger(trigger: Trigger): trigger is WebhookTrigger;
  /** Whether a trigger is a schedule. */
  export function isScheduleTrigger(trigger: Trigger): trigger is ScheduleTrigger;
  /** Whether a trigger is manual. */
  export function isManualTrigger(trigger: Trigger): trigger is ManualTrigger;
  /** Whether a trigger polls. */
  export function isPollTrigger(trigger: Trigger): trigger is PollTrigger;
  /** A trigger in words. */
  export function describeTrigger(trigger: Trigger): string;
}

declare module '@millrace/sdk/typeform' {
  /** Helpers for Typeform's webhooks. */
  export class Typeform {
      /**
       * Answers by the reference (else the id) of their field. `hidden_<name>` holds hidden fields, `_score` a calculated score.
       */
      static extractAnswers(response: any): Record<string, any>;
  }
}

declare module '@millrace/sdk/types/context' {
  import type { LanguageModel } from '@millrace/sdk/types/integrations';
  import type { Trigger, TriggerInstance } from '@millrace/sdk/types/trigger';
  /** JSON values kept between runs, isolated per workflow and organisation. */
  export interface Storage {
      /** The value, or null. Changing it does not change the store. */
      get<T = any>(key: string): Promise<T | null>;
      set(key: string, value: unknown): Promise<void>;
      /** The same as `set`. */
      put(key: string, value: unknown): Promise<void>;
      delete(key: string): Promise<void>;
      keys(): Promise<string[]>;
      list?(options?: {
          prefix?: string;
          limit?: number;
          cursor?: string;
      }): Promise<{
          keys: string[];
          cursor?: string;
          complete: boolean;
      }>;
      has?(key: string): Promise<boolean>;
  }
  /** A key-value store of strings with expiry. */
  export interface KVNamespace {
      get(key: string): Promise<string | null>;
      get(key: string, type: 'text'): Promise<string | null>;
      get<T = any>(key: string, type: 'json'): Promise<T | null>;
      put(key: string, value: string, options?: {
          expirationTtl?: number;
      }): Promise<void>;
      delete(key: string): Promise<void>;
      list(options?: {
          prefix?: string;
          limit?: number;
          cursor?: string;
      }): Promise<{
          keys: {
              name: string;
          }[];
          list_complete: boolean;
          cursor?: string;
      }>;
  }
  /** A model backend. */
  export interface AIBinding {
      /** Text: `{ response }`. Given `text` instead of messages, vectors: `{ shape, data }`. */
      run(model: string, input: AIRunInput): Promise<any>;
  }
  /** What a model is asked. */
  export interface AIRunInput {
      messages?: {
          role: string;
          content: string;
      }[];
      prompt?: string;
      text?: string | readonly string[];
      max_tokens?: number;
      temperature?: number;
      [option: string]: unknown;
  }
  /** Variables and bindings of the workflow. */
  export interface Env {
      KV?: KVNamespace;
      /** Absent when no model is configured. */
      AI?: AIBinding;
      [name: string]: any;
  }
  /** Writes to the run's log. */
  export interface Logger {
      debug(message: string, data?: unknown): void;
      info(message: string, data?: unknown): void;
      warn(message: string, data?: unknown): void;
      error(message: string, data?: unknown): void;
  }
  /** Custom and host actions. */
  export interface Actions {
      execute(id: string, input?: any): Promise<any>;
      [service: string]: any;
  }
  /** Everything `execute` receives. */
  export interface Context<I = Record<string, any>, N = Record<string, any> & {
      ai: LanguageModel;
  }, T extends Trigger = Trigger> {
      trigger: TriggerInstance<T>;
      inputs: I;
      /** The same values as `inputs`. */
      config: I;
      /** Clients of the connected services, by declared name and by its camelCase. */
      integrations: N;
      storage: Storage;
      env: Env;
      actions: Actions;
      log: Logger;
      runId: string;
      userId: string;
      installationId: string;
      organizationId: string;
      /** What the previous part of this run passed to `continueWith`; undefined in the first part. */
      state?: any;
      /** Older nested spelling. */
      context: {
          storage: Storage;
          log: Logger;
          config: I;
          runId: string;
      };
  }
  /** What `onError` receives: the error that was thrown, which has the context's members besides its own. */
  export interface ErrorContext<I = Record<string, any>, N = Record<string, any>, T extends Trigger = Trigger> extends Error, Pick<Context<I, N, T>, 'trigger' | 'inputs' | 'config' | 'integrations' | 'storage' | 'env' | 'log' | 'runId'> {
      code?: string;
      /** The same error. */
      error: Error & {
          code?: string;
      };
  }
}

declare module '@millrace/sdk/types/definition' {
  import type { Context, Env, ErrorContext, Storage } from '@millrace/sdk/types/context';
  import type { InputFields, InputValues } from '@millrace/sdk/types/input';
  import type { IntegrationRequirement, Integrations } from '@millrace/sdk/types/integrations';
  import type { Pathway, Pricing, WorkflowMetadata } from '@millrace/sdk/types/listing';
  import type { Trigger } from '@millrace/sdk/types/trigger';
  /** What `execute` conventionally returns. The run failed if it threw or if `success` is false. */
  export interface WorkflowResult {
      success?: boolean;
      data?: unknown;
      error?: string;
      message?: string;
      skipped?: boolean;
      reason?: string;
      action?: 'setup_required' | 'refresh_connection';
      actionLabel?: string;
      actionUrl?: string;
      retryable?: boolean;
      [field: string]: unknown;
  }
  /** Values of `inputs` and `config` together. */
  export type Values<I extends InputFields, C extends InputFields> = string extends keyof I ? string extends keyof C ? Record<string, any> : InputValues<C> : string extends keyof C ? InputValues<I> : InputValues<C> & InputValues<I>;
  /** A workflow. */
  export interface WorkflowDefinition<I extends InputFields = InputFields, C extends InputFields = InputFields, R extends readonly IntegrationRequirement[] = readonly IntegrationRequirement[], T extends Trigger = Trigger, W extends readonly Trigger[] = readonly Trigger[]> {
      name?: string;
      description?: string;
      version?: string;
      /** Hidden from discovery; installations keep running. */
      deprecated?: boolean;
      supersededBy?: string;
      /** Older place of `export const metadata`. */
      metadata?: WorkflowMetadata;
      pathway?: Pathway;
      pricing?: Pricing;
      integrations?: R;
      inputs?: I;
      /** The same as `inputs`; both are merged. */
      config?: C;
      configSchema?: unknown;
      configFields?: readonly unknown[];
      trigger: T;
      /** More triggers. */
      webhooks?: W;
      customActions?: Record<string, (input: any, context: {
          config: any;
          storage: Storage;
          env: Env;
      }) => Promise<any>>;
      execute(context: Context<Values<I, C>, Integrations<R>, T | W[number]>): Promise<WorkflowResult | any> | WorkflowResult | any;
      /** Called before the workflow is enabled and when its configuration is saved; false refuses. */
      validateConfig?(config: any, userId: string): Promise<boolean> | boolean;
      onEnable?(context: Context<Values<I, C>, Integrations<R>>): Promise<void> | void;
      onDisable?(context: Context<Values<I, C>, Integrations<R>>): Promise<void> | void;
      onDelete?(context: Context<Values<I, C>, Integrations<R>>): Promise<void> | void;
      /** Called once when `execute` throws. An object with `retryable: true` lets the host retry. */
      onError?(context: ErrorContext<Values<I, C>, Integrations<R>, T | W[number]>, again?: Context<Values<I, C>, Integrations<R>, T | W[number]>): Promise<any> | any;
      forkedFrom?: string;
  }
}

declare module '@millrace/sdk/types/input' {
  /** One field of a workflow's configuration form. */
  export interface InputField {
      /** `text string textarea boolean number select email url phone timezone time array text_list multiselect json object key_value_list secret password` */
      readonly type: string;
      readonly label?: string;
      readonly description?: string;
      readonly placeholder?: string;
      readonly required?: boolean;
      readonly default?: unknown;
      /** Choices of `select` and `multiselect`. */
      readonly options?: readonly (string | {
          readonly value: string;
          readonly label: string;
      })[];
      readonly min?: number;
      readonly max?: number;
      /** Element type of an `array`. */
      readonly items?: {
          readonly type: string;
      };
      /** Members of an `object`. */
      readonly properties?: {
          readonly [name: string]: {
              readonly type: string;
              readonly label?: string;
              readonly default?: unknown;
          };
      };
      /** A list of values instead of one. */
      readonly multiple?: boolean;
      /** Encrypted, never logged, never shown again. Inferred from names such as `apiKey` as well. */
      readonly secret?: boolean;
      readonly multiline?: boolean;
      /** `notion:database`, `slack:channel`, `google-calendar:calendar` …: choose from the connected account. */
      readonly pickerType?: string;
      /** Show the field only while all these fields have these values. */
      readonly showIf?: {
          readonly [field: string]: unknown;
      };
      readonly validation?: {
          readonly pattern?: 'email' | 'url';
          readonly regex?: string;
          readonly message?: string;
      };
      readonly [extra: string]: unknown;
  }
  /** A block of fields. */
  export type InputFields = {
      readonly [name: string]: InputField;
  };
  type OptionValue<O> = O extends string ? O : O extends {
      readonly value: infer V extends string;
  } ? V : string;
  type Scalar<T extends string> = T extends 'boolean' ? boolean : T extends 'number' | 'integer' | 'range' ? number : T extends 'text' | 'string' | 'textarea' | 'email' | 'url' | 'phone' | 'timezone' | 'time' | 'date' | 'json' | 'secret' | 'password' | 'select' ? string : any;
  type FieldValue<F extends InputField> = F['type'] extends 'select' ? F extends {
      readonly options: readonly (infer O)[];
  } ? OptionValue<O> : string : F['type'] extends 'multiselect' | 'multi_select' | 'text_list' ? string[] : F['type'] extends 'array' ? F extends {
      readonly items: {
          readonly type: infer T extends string;
      };
  } ? Scalar<T>[] : any[] : F['type'] extends 'object' | 'key_value_list' ? Record<string, any> : Scalar<F['type']>;
  type Delivered<F extends InputField> = F extends {
      readonly multiple: true;
  } ? FieldValue<F> | FieldValue<F>[] : FieldValue<F>;
  /** A field without a value is delivered as `undefined` unless it is required or has a default. */
  type Filled<F extends InputField> = F extends {
      readonly required: true;
  } ? Delivered<F> : F extends {
      readonly default: infer D;
  } ? [D] extends [undefined | null] ? Delivered<F> | undefined : Delivered<F> : Delivered<F> | undefined;
  type Camel<S extends string> = S extends `${infer A}_${infer B}` ? `${A}${Capitalize<Camel<B>>}` : S;
  type Spellings<K> = K extends string ? K | Camel<K> : K;
  /** The values a block of fields delivers, under their names as declared and in camelCase. */
  export type InputValues<F extends InputFields> = string extends keyof F ? Record<string, any> : {
      [K in keyof F as Spellings<K>]: Filled<F[K]>;
  };
  export {};
}

declare module '@millrace/sdk/types/integrations' {
  import type { ActionResult } from '@millrace/sdk/result';
  /** A service the workflow uses. */
  export type IntegrationRequirement = string | {
      readonly service: string;
      readonly scopes?: readonly string[];
      readonly optional?: boolean;
  };
  /** Tokens that a model read and wrote. */
  export interface TokenUsage {
      prompt_tokens: number;
      completion_tokens: number;
      total_tokens: number;
  }
  /** A model's answer: a text, which also has itself as `response` and as `text`. */
  export interface ModelText extends String {
      readonly response: string;
      readonly text: string;
      readonly usage: TokenUsage | null;
  }
  /** What a model is asked. */
  export interface TextOptions {
      prompt?: string;
      system?: string;
      messages?: {
          role: 'system' | 'user' | 'assistant';
          content: string;
      }[];
      /** Any name; the server decides which model answers. */
      model?: string;
      temperature?: number;
      max_tokens?: number;
  }
  /** `integrations.ai`: there whether declared or not. Failures are results with code `ai_model_error`, never exceptions. */
  export interface LanguageModel {
      generateText(options: TextOptions | string): Promise<ActionResult<ModelText>>;
      /** The same as `generateText`. */
      textGeneration(options: TextOptions | string): Promise<ActionResult<ModelText>>;
      embeddings(options: {
          text: string | readonly string[];
          model?: string;
      }): Promise<ActionResult<{
          embeddings: number[][];
      }>>;
      generateEmbeddings(options: {
          text: string | readonly string[];
          model?: string;
      }): Promise<ActionResult<{
          embeddings: number[][];
      }>>;
      [action: string]: (...args: any[]) => Promise<ActionResult<any>>;
  }
  /** A connected service: its operations by name, such as `slack.chat.postMessage`, and `request(path, init)`. */
  export type ServiceClient = any;
  type Camel<S extends string> = S extends `${infer A}-${infer B}` ? `${A}${Capitalize<Camel<B>>}` : S;
  type Spellings<S extends string> = S | Camel<S>;
  type NameOf<E> = E extends string ? E : E extends {
      readonly service: infer S extends string;
  } ? S : never;
  type RequiredName<E> = E extends {
      readonly optional: true;
  } ? never : NameOf<E>;
  type OptionalName<E> = E extends {
      readonly optional: true;
  } ? NameOf<E> : never;
  type ModelName = 'ai' | 'workersAi' | 'workers-ai';
  /** The clients that a workflow gets for the services it declares, by declared name and by its camelCase. */
  export type Integrations<R extends readonly IntegrationRequirement[]> = (string extends NameOf<R[number]> ? {
      readonly [service: string]: ServiceClient;
  } : {
      readonly [S in Exclude<Spellings<RequiredName<R[number]>>, ModelName>]: ServiceClient;
  } & {
      /** Undefined when the installation has no connection. */
      readonly [S in Exclude<Spellings<OptionalName<R[number]>>, ModelName>]?: ServiceClient;
  }) & {
      readonly [S in ModelName]: LanguageModel;
  };
  export {};
}

declare module '@millrace/sdk/types/listing' {
  /** Who may install a private workflow. */
  export type AccessGrant = {
      type: 'user' | 'email' | 'email_domain' | 'organization' | 'access_code';
      value: string;
      maxInstalls?: number;
      expiresAt?: string | number;
  } | {
      grantType: 'user' | 'email' | 'email_domain' | 'organization' | 'access_code';
      grantValue: string;
      maxInstalls?: number;
      expiresAt?: string | number;
  };
  /** `export const metadata`: how the workflow is listed, shared and run. */
  export interface WorkflowMetadata {
      id?: string;
      name?: string;
      description?: string;
      version?: string;
      changelog?: string;
      visibility?: 'public' | 'private' | 'unlisted';
      accessGrants?: AccessGrant[];
      credentialMode?: 'system' | 'developer' | 'hybrid';
      /** Customers bring their own OAuth apps. */
      byoo?: {
          enabled: boolean;
          providers: string[];
          instructions?: string;
      };
      analytics?: {
          enabled: boolean;
          dashboardUrl?: string;
          retention?: string;
          exportEnabled?: boolean;
      };
      analyticsUrl?: string;
      audit?: {
          enabled: boolean;
          events: ('execute' | 'config_change' | 'access_grant')[];
          retention?: string;
      };
      rollout?: {
          strategy: 'gradual';
          percentage: number;
      };
      migration?: {
          from: string;
          script: (oldConfig: any) => any;
      };
      setupUrl?: string;
      dashboardUrl?: string;
      alerts?: {
          name: string;
          condition: string;
          window?: string;
          channels: string[];
      }[];
      onConfigChange?: (context: any) => Promise<void>;
      category?: string;
      tagline?: string;
      icon?: string;
      tags?: string[];
      [field: string]: unknown;
  }
  /** The default export of `millrace.config.ts`. */
  export type ProjectConfig = WorkflowMetadata;
  /** Where an installed workflow takes a field's first value from. */
  export type SmartDefault = {
      inferFrom: 'connected_integration';
      integration: string;
      field: string;
  } | {
      inferFrom: 'user_timezone';
  } | {
      inferFrom: 'user_preference';
      key: string;
  } | {
      value: unknown;
  };
  /** Discovery data; never needed to run. */
  export interface Pathway {
      outcomeFrame?: string;
      outcomeStatement?: {
          suggestion?: string;
          explanation?: string;
          outcome?: string;
      };
      primaryPair?: {
          from: string;
          to: string;
          workflowId: string;
          outcome?: string;
      };
      additionalPairs?: {
          from: string;
          to: string;
          workflowId: string;
          outcome?: string;
      }[];
      discoveryMoments?: {
          trigger: 'integration_connected' | 'event_received' | 'time_based' | 'pattern_detected';
          integrations: string[];
          workflowId: string;
          priority: number;
          eventType?: string;
          pattern?: {
              action: string;
              threshold: number;
              period: 'day' | 'week' | 'month';
          };
      }[];
      smartDefaults?: Record<string, SmartDefault>;
      essentialFields?: string[];
      requiredProperties?: (string | {
          property: string;
          weight: number;
      })[];
      zuhandenheit?: {
          timeToValue?: number;
          worksOutOfBox?: boolean;
          gracefulDegradation?: boolean;
          automaticTrigger?: boolean;
      };
      walkthrough?: {
          scenes: {
              title: string;
              text: string;
          }[];
      };
      [field: string]: unknown;
  }
  /** What a workflow costs, in USD. */
  export interface Pricing {
      model: 'free' | 'freemium' | 'subscription' | 'usage' | 'one-time' | 'paid';
      price?: number;
      pricePerMonth?: number;
      pricePerExecution?: number;
      freeExecutions?: number;
      freeTier?: {
          executionsPerMonth: number;
      };
      usagePricing?: {
          pricePerExecution: number;
          includedExecutions?: number;
      };
      trialDays?: number;
      description?: string;
      [field: string]: unknown;
  }
}

declare module '@millrace/sdk/types/standard' {
  /** A message of any service. Times are epoch milliseconds. */
  export interface StandardMessage {
      type: 'message';
      id: string;
      title: string;
      body?: string;
      bodyText?: string;
      bodyHtml?: string;
      from?: {
          name?: string;
          email?: string;
      };
      to?: {
          name?: string;
          email?: string;
      }[];
      cc?: {
          name?: string;
          email?: string;
      }[];
      timestamp: number;
      attachments?: {
          name: string;
          url?: string;
          mimeType?: string;
          size?: number;
      }[];
      metadata: Record<string, unknown>;
  }
  /** A task of any service. */
  export interface StandardTask {
      type: 'task';
      id: string;
      title: string;
      description?: string;
      status: 'todo' | 'in_progress' | 'done' | 'cancelled';
      assignee?: {
          name?: string;
          email?: string;
      };
      dueDate?: number;
      priority: 'low' | 'medium' | 'high' | 'urgent';
      labels?: string[];
      timestamp: number;
      metadata: Record<string, unknown>;
  }
  /** A document of any service. */
  export interface StandardDocument {
      type: 'document';
      id: string;
      title: string;
      content?: string;
      url?: string;
      author?: {
          name?: string;
          email?: string;
      };
      createdAt: number;
      updatedAt: number;
      tags?: string[];
      metadata: Record<string, unknown>;
  }
  /** A calendar event of any service. */
  export interface StandardEvent {
      type: 'event';
      id: string;
      title: string;
      startTime: number;
      endTime?: number;
      location?: string;
      attendees?: {
          name?: string;
          email?: string;
      }[];
      timestamp: number;
      metadata: Record<string, unknown>;
  }
  /** A list of any service. */
  export interface StandardList<T = unknown> {
      type: 'list';
      items: T[];
      metadata: {
          total?: number;
          hasMore?: boolean;
          cursor?: string;
      };
  }
  /** Any of the common shapes. */
  export type StandardData = StandardMessage | StandardTask | StandardDocument | StandardEvent | StandardList;
}

declare module '@millrace/sdk/types/trigger' {
  /** Runs when a connected service reports an event, or when something is posted to the workflow's own address. */
  export interface WebhookTrigger {
      type: 'webhook';
      /** Service whose events start the workflow. Either this or `path`. */
      service?: string;
      /** Own address. Either this or `service`. */
      path?: string;
      event?: string;
      /** Any of these. Without `event` and `events`: every event. */
      events?: readonly string[];
      /** All members must equal the payload's; `{{inputs.x}}` is replaced. */
      filter?: Record<string, unknown>;
      /** Shared secret of a path webhook: `X-Webhook-Signature: sha256=<hex>`. */
      secret?: string;
      /** Deliveries are accepted unsigned. Anybody who knows the address can start runs then; there is no other way to say so. */
      verify?: false;
  }
  /** Runs at times given by a five-field cron expression. */
  export interface ScheduleTrigger {
      type: 'schedule';
      /** Five fields, or a template such as `{{inputs.sendTime.minute}} {{inputs.sendTime.hour}} * * *`. */
      cron: string;
      /** IANA zone; UTC by default. May be a template. */
      timezone?: string;
      /** What to do about times that passed while the server was away: nothing, one run for the latest (default), or all of them. */
      catchUp?: CatchUp;
  }
  /** See {@link ScheduleTrigger.catchUp}. */
  export type CatchUp = 'skip' | 'latest' | 'all';
  /** Runs when somebody asks: the Run button, the API, the command line. */
  export interface ManualTrigger {
      type: 'manual';
      description?: string;
  }
  /** Runs again and again after an interval. */
  export interface PollTrigger {
      type: 'poll';
      service?: string;
      endpoint?: string;
      /** Seconds, at least 60; or `5min`, `1hour`, `daily`, `5m`, `1h`, `1d`. */
      interval: number | string;
      filter?: Record<string, unknown>;
  }
  /** What starts a workflow. */
  export type Trigger = WebhookTrigger | ScheduleTrigger | ManualTrigger | PollTrigger;
  type ServiceOf<T> = T extends {
      readonly service: infer S extends string;
  } ? S : T extends {
      type: 'webhook' | 'poll';
  } ? string : never;
  type EventOf<T> = T extends {
      type: 'webhook';
  } ? T extends {
      readonly event: infer E extends string;
  } ? E | (T extends {
      readonly events: readonly (infer M extends string)[];
  } ? M : never) : T extends {
      readonly events: readonly (infer E extends string)[];
  } ? E : string : never;
  /** The event that started this run. Whatever the declared triggers are, a person can also start it by hand. */
  export interface TriggerInstance<T extends Trigger = Trigger> {
      type: T['type'] | 'manual' | 'oauth_callback';
      /** The event's payload in the shape described for its provider; `{}` for schedules. */
      data: any;
      /** The same object as `data`. */
      payload: any;
      /** Epoch milliseconds. */
      timestamp: number;
      id?: string;
      /** Which service sent the event. */
      service?: ServiceOf<T>;
      /** Which of the declared events it is; any if none were declared. */
      event?: EventOf<T>;
  }
  export {};
}

declare module '@millrace/sdk/unsupported' {
  /** Thrown by what other platforms bind and this one does not. */
  export class UnsupportedInSandboxError extends Error {
      readonly name = "UnsupportedInSandboxError";
      readonly code = "unsupported_in_sandbox";
      constructor(what: string, instead: string);
  }
  export const createObjectStorage: (..._: unknown[]) => never;
  export const createEdgeCache: (..._: unknown[]) => never;
  export const createVectorClient: (..._: unknown[]) => never;
  export const createAnalytics: (..._: unknown[]) => never;
  export const encryptSecret: (..._: unknown[]) => never;
  export const decryptSecret: (..._: unknown[]) => never;
  /** Object storage of another platform. */
  export class R2Storage {
      constructor(..._: unknown[]);
  }
  /** Templates of the platform. */
  export class TemplateRegistry {
      constructor(..._: unknown[]);
  }
  /** Discovery of the platform. */
  export class DiscoveryService {
      constructor(..._: unknown[]);
  }
  /** Registry of the platform. */
  export class WorkflowRegistry {
      constructor(..._: unknown[]);
  }
  /** SQL helpers of another platform. */
  export const D1: {
      query: (..._: unknown[]) => never;
      execute: (..._: unknown[]) => never;
      batch: (..._: unknown[]) => never;
      first: (..._: unknown[]) => never;
  };
  /** Service-level queries of another platform. */
  export const SLI_QUERIES: Readonly<Record<string, string>>;
}

declare module '@millrace/sdk/vectorize' {
  export { createVectorClient } from '@millrace/sdk/unsupported';
}

declare module '@millrace/sdk/version' {
  /** The three numbers of a version. */
  export interface Version {
      major: number;
      minor: number;
      patch: number;
  }
  /** Reads `1.2.3` (a leading `v`, pre-release and build parts are ignored); null if it is none. */
  export function parseVersion(text: string): Version | null;
  /** `{major: 1, minor: 2, patch: 3}` → `1.2.3` */
  export function formatVersion({ major, minor, patch }: Version): string;
  /** Whether a text is a complete version. */
  export function isValidVersion(text: string): boolean;
  /** `v1`, `1`, `1.2`, `v1.2.3` → three numbers; null if it is no version. */
  export function normalizeVersion(text: string): string | null;
  /** Negative if `a` is older, positive if it is newer, 0 if they are the same. */
  export function compareVersions(a: string, b: string): number;
  export function isNewerVersion(a: string, b: string): boolean;
  export function isOlderVersion(a: string, b: string): boolean;
  export function isSameVersion(a: string, b: string): boolean;
  /** The next version of a kind. */
  export function bumpVersion(text: string, kind: 'major' | 'minor' | 'patch'): string;
  /** The version that changes call for: breaking ones a major, features a minor, anything else a patch. */
  export function getNextVersion(text: string, hasBreakingChanges: boolean, hasFeatures?: boolean): string;
  /** `3` → `v3` */
  export function formatVersionDisplay(number: number): string;
  /** `3`, `1.2.0` → `v3 (1.2.0)` */
  export function formatVersionFull(number: number, version: string): string;
}

declare module '@millrace/sdk/workers-ai' {
  import { FluentAI } from '@millrace/sdk/fluent-ai';
  import { ActionResult } from '@millrace/sdk/result';
  import type { AIBinding, Env } from '@millrace/sdk/types/context';
  export { AIModels, type AIModel } from '@millrace/sdk/ai-models';
  export { FluentAI } from '@millrace/sdk/fluent-ai';
  /** Options of {@link WorkersAI.generateText}. */
  export interface GenerateTextOptions {
      prompt: string;
      model?: string;
      system?: string;
      temperature?: number;
      max_tokens?: number;
      /** Keeps the answer in `env.KV` for an hour, or for this many seconds. */
      cache?: boolean | number;
  }
  /** What {@link WorkersAI.generateText} delivers. */
  export interface GeneratedText {
      response: string;
      text: string;
      usage?: {
          prompt_tokens?: number;
          completion_tokens?: number;
          total_tokens?: number;
      };
  }
  /** Language models. Failures come back as results with code `ai_model_error`, never as exceptions. */
  export class WorkersAI {
      #private;
      constructor(env: Env | AIBinding);
      generateText(options: GenerateTextOptions): Promise<ActionResult<GeneratedText>>;
      /** Text generation in one call: `completion('Summarise …')`. */
      completion(prompt: string, options?: Omit<GenerateTextOptions, 'prompt'>): Promise<ActionResult<GeneratedText>>;
      /** One vector for each text, as `embeddings`. */
      generateEmbeddings(options: {
          text: string | string[];
          model?: string;
      }): Promise<ActionResult<{
          embeddings: number[][];
      }>>;
      generateImage(options: {
          prompt: string;
          model?: string;
          [option: string]: unknown;
      }): Promise<ActionResult>;
      classifyImage(options: {
          image: unknown;
          model?: string;
      }): Promise<ActionResult>;
      transcribeAudio(options: {
          audio: unknown;
          model?: string;
          language?: string;
      }): Promise<ActionResult>;
      translateText(options: {
          text: string;
          source?: string;
          target: string;
          model?: string;
      }): Promise<ActionResult>;
      analyzeSentiment(options: {
          text: string;
          model?: string;
      }): Promise<ActionResult>;
      /** Any model with any input. */
      runModel(model: string, input: Record<string, unknown>): Promise<ActionResult>;
      /** The text as one piece: answers are journaled whole. */
      streamText(options: GenerateTextOptions): AsyncGenerator<string>;
      /** Prompts one after the other; `{{previous}}` is the answer before. Stops at the first failure. */
      chain(prompts: (string | GenerateTextOptions)[]): Promise<ActionResult<GeneratedText>>;
      /** A client for one purpose: `ai.for('synthesis', 'deep').synthesize(…)`. */
      for(intent: string, depth?: 'quick' | 'standard' | 'deep'): FluentAI;
  }
  /** A client for the models of `env.AI`. */
  export function createAIClient(env: Env | AIBinding): WorkersAI;
}

declare module '@millrace/sdk/workflow' {
  /** Definitions and triggers. */
  export * from '@millrace/sdk/define';
  export * from '@millrace/sdk/trigger';
  export type * from '@millrace/sdk/types/context';
  export type * from '@millrace/sdk/types/definition';
  export type * from '@millrace/sdk/types/input';
  export type * from '@millrace/sdk/types/integrations';
  export type * from '@millrace/sdk/types/listing';
  export type * from '@millrace/sdk/types/trigger';
}

declare module '@workwayco/sdk' {
  export * from '@millrace/sdk';
}

declare module '@workway/sdk' {
  export * from '@millrace/sdk';
}

declare module '@workwayco/sdk/workflow' {
  export * from '@millrace/sdk/workflow';
}

declare module '@workwayco/sdk/workers-ai' {
  export * from '@millrace/sdk/workers-ai';
}

declare module '@workwayco/sdk/vectorize' {
  export * from '@millrace/sdk/vectorize';
}

declare module '@workwayco/sdk/testing' {
  export * from '@millrace/sdk/testing';
}

declare module '@workwayco/sdk/integration' {
  export * from '@millrace/sdk/integration';
}

declare module '@workwayco/sdk/integrations' {
  export * from '@millrace/sdk/integrations';
}

declare module '@workway/sdk/workflow' {
  export * from '@millrace/sdk/workflow';
}

declare module '@workway/sdk/workers-ai' {
  export * from '@millrace/sdk/workers-ai';
}

declare module '@workway/sdk/vectorize' {
  export * from '@millrace/sdk/vectorize';
}

declare module '@workway/sdk/testing' {
  export * from '@millrace/sdk/testing';
}

declare module '@workway/sdk/integration' {
  export * from '@millrace/sdk/integration';
}

declare module '@workway/sdk/integrations' {
  export * from '@millrace/sdk/integrations';
}

declare module '@millrace/integrations' {
  export * from '@millrace/sdk/integrations';
}

declare module '@workwayco/integrations' {
  export * from '@millrace/sdk/integrations';
}
