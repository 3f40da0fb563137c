import type { ActionResult } from '../result.js';

/** A service the workflow uses. */
export type IntegrationRequirement = string | { readonly service: string; readonly scopes?: readonly string[]; readonly optional?: boolean };

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
  messages?: { role: 'system' | 'user' | 'assistant'; content: string }[];
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
  embeddings(options: { text: string | readonly string[]; model?: string }): Promise<ActionResult<{ embeddings: number[][] }>>;
  generateEmbeddings(options: { text: string | readonly string[]; model?: string }): Promise<ActionResult<{ embeddings: number[][] }>>;
  [action: string]: (...args: any[]) => Promise<ActionResult<any>>;
}

/** A connected service: its operations by name, such as `slack.chat.postMessage`, and `request(path, init)`. */
export type ServiceClient = any;

declare global {
  /**
   * Services whose clients have types of their own, by name and by its camelCase. `millrace connector import` writes files
   * that add to it; a workflow that imports such a file (`import './connectors/acme/acme.d.ts'`) sees them.
   */
  interface MillraceServices {}
}

/** The client of one service: typed where a file says how. */
export type ClientOf<S extends string> = S extends keyof MillraceServices ? MillraceServices[S] : ServiceClient;

type Camel<S extends string> = S extends `${infer A}-${infer B}` ? `${A}${Capitalize<Camel<B>>}` : S;
type Spellings<S extends string> = S | Camel<S>;
type NameOf<E> = E extends string ? E : E extends { readonly service: infer S extends string } ? S : never;
type RequiredName<E> = E extends { readonly optional: true } ? never : NameOf<E>;
type OptionalName<E> = E extends { readonly optional: true } ? NameOf<E> : never;
type ModelName = 'ai' | 'workersAi' | 'workers-ai';

/** The clients that a workflow gets for the services it declares, by declared name and by its camelCase. */
export type Integrations<R extends readonly IntegrationRequirement[]> = (string extends NameOf<R[number]>
  ? { readonly [service: string]: ServiceClient }
  : { readonly [S in Exclude<Spellings<RequiredName<R[number]>>, ModelName>]: ClientOf<S> } & {
      /** Undefined when the installation has no connection. */
      readonly [S in Exclude<Spellings<OptionalName<R[number]>>, ModelName>]?: ClientOf<S>;
    }) & { readonly [S in ModelName]: LanguageModel };
