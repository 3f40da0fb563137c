import type { Context, Env, ErrorContext, Storage } from './context.js';
import type { InputFields, InputValues } from './input.js';
import type { IntegrationRequirement, Integrations } from './integrations.js';
import type { Pathway, Pricing, WorkflowMetadata } from './listing.js';
import type { Trigger } from './trigger.js';

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
export type Values<I extends InputFields, C extends InputFields> = string extends keyof I
  ? string extends keyof C
    ? Record<string, any>
    : InputValues<C>
  : string extends keyof C
    ? InputValues<I>
    : InputValues<C> & InputValues<I>;

/** A workflow. */
export interface WorkflowDefinition<
  I extends InputFields = InputFields,
  C extends InputFields = InputFields,
  R extends readonly IntegrationRequirement[] = readonly IntegrationRequirement[],
  T extends Trigger = Trigger,
  W extends readonly Trigger[] = readonly Trigger[],
> {
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
  customActions?: Record<string, (input: any, context: { config: any; storage: Storage; env: Env }) => Promise<any>>;
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
