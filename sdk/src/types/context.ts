import type { LanguageModel } from './integrations.js';
import type { Trigger, TriggerInstance } from './trigger.js';

/** JSON values kept between runs, isolated per workflow and organisation. */
export interface Storage {
  /** The value, or null. Changing it does not change the store. */
  get<T = any>(key: string): Promise<T | null>;
  set(key: string, value: unknown): Promise<void>;
  /** The same as `set`. */
  put(key: string, value: unknown): Promise<void>;
  delete(key: string): Promise<void>;
  keys(): Promise<string[]>;
  list?(options?: { prefix?: string; limit?: number; cursor?: string }): Promise<{ keys: string[]; cursor?: string; complete: boolean }>;
  has?(key: string): Promise<boolean>;
}

/** A key-value store of strings with expiry. */
export interface KVNamespace {
  get(key: string): Promise<string | null>;
  get(key: string, type: 'text'): Promise<string | null>;
  get<T = any>(key: string, type: 'json'): Promise<T | null>;
  put(key: string, value: string, options?: { expirationTtl?: number }): Promise<void>;
  delete(key: string): Promise<void>;
  list(options?: { prefix?: string; limit?: number; cursor?: string }): Promise<{ keys: { name: string }[]; list_complete: boolean; cursor?: string }>;
}

/** A model backend. */
export interface AIBinding {
  /** Text: `{ response }`. Given `text` instead of messages, vectors: `{ shape, data }`. */
  run(model: string, input: AIRunInput): Promise<any>;
}

/** What a model is asked. */
export interface AIRunInput {
  messages?: { role: string; content: string }[];
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
export interface Context<I = Record<string, any>, N = Record<string, any> & { ai: LanguageModel }, T extends Trigger = Trigger> {
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
  context: { storage: Storage; log: Logger; config: I; runId: string };
}

/** What `onError` receives: the error that was thrown, which has the context's members besides its own. */
export interface ErrorContext<I = Record<string, any>, N = Record<string, any>, T extends Trigger = Trigger>
  extends Error,
    Pick<Context<I, N, T>, 'trigger' | 'inputs' | 'config' | 'integrations' | 'storage' | 'env' | 'log' | 'runId'> {
  code?: string;
  /** The same error. */
  error: Error & { code?: string };
}
