import type { WorkflowDefinition } from './types/definition.js';
import type { InputField, InputFields } from './types/input.js';
import type { IntegrationRequirement } from './types/integrations.js';
import type { ProjectConfig } from './types/listing.js';
import type { Trigger } from './types/trigger.js';

/**
 * Declares a workflow. Returns what it is given; its use is that editors know the types of `inputs`, `integrations`, `trigger` and
 * of everything else that `execute` receives.
 */
export function defineWorkflow<
  const I extends InputFields,
  const C extends InputFields,
  const R extends readonly IntegrationRequirement[],
  const T extends Trigger,
  const W extends readonly Trigger[] = readonly [],
>(definition: WorkflowDefinition<I, C, R, T, W>): WorkflowDefinition<I, C, R, T, W> {
  return definition;
}

/** Declares the project configuration, the default export of `millrace.config.ts`. */
export function defineConfig(config: ProjectConfig): ProjectConfig {
  return config;
}

/** One configuration field with its name: `{ key, ...schema, ...options }`. */
export function defineConfigField<S extends Partial<InputField>, O extends Record<string, unknown> = Record<string, never>>(
  key: string,
  schema: S,
  options?: O,
): { key: string } & S & O {
  return { key, ...schema, ...(options ?? ({} as O)) };
}

/** The workflow's id: `metadata.id`, else the primary pair's, else the name in lower case with dashes. */
export function getWorkflowId(definition: Pick<WorkflowDefinition<any, any, any, any>, 'metadata' | 'pathway' | 'name'>): string {
  return (
    definition.metadata?.id ??
    definition.pathway?.primaryPair?.workflowId ??
    getWorkflowName(definition).toLowerCase().replace(/\s+/g, '-')
  );
}

/** The workflow's name, `Unnamed Workflow` if it has none. */
export function getWorkflowName(definition: Pick<WorkflowDefinition<any, any, any, any>, 'metadata' | 'name'>): string {
  return definition.metadata?.name ?? definition.name ?? 'Unnamed Workflow';
}

/** The workflow's description, empty if it has none. */
export function getWorkflowDescription(definition: Pick<WorkflowDefinition<any, any, any, any>, 'metadata' | 'description'>): string {
  return definition.metadata?.description ?? definition.description ?? '';
}
