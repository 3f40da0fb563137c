import { defineWorkflow } from '../define.js';
import { manual } from '../trigger.js';
import { ActionResult } from '../result.js';
import type { Context, Env, Logger } from '../types/context.js';
import type { WorkflowDefinition } from '../types/definition.js';
import type { LanguageModel } from '../types/integrations.js';
import type { TriggerInstance } from '../types/trigger.js';
import { MockStorage } from './storage.js';
import { createMockTrigger } from './trigger.js';

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

const unavailable = (action: string) => async (): Promise<ActionResult<any>> =>
  ActionResult.error('createMockContext() has no model; give integrations.ai', 'ai_model_error', { integration: 'ai', action });

/** What workflows have without a configured model. */
const noModel: LanguageModel = {
  generateText: unavailable('generateText'),
  textGeneration: unavailable('textGeneration'),
  embeddings: unavailable('embeddings'),
  generateEmbeddings: unavailable('generateEmbeddings'),
};

/** A context as `execute` receives it. */
export function createMockContext(options: MockContextOptions = {}): Context & { storage: MockStorage } {
  const { inputs = {}, integrations = {}, env = {}, runId = 'run_test' } = options;
  const storage = options.storage ?? new MockStorage();
  const log = options.log ?? { debug() {}, info() {}, warn() {}, error() {} };
  const actions = {
    ...options.actions,
    async execute(id: string, input?: any): Promise<any> {
      const action = options.actions?.[id];
      if (!action) {
        throw new Error(`createMockContext() has no action ${id}`);
      }
      return action(input);
    },
  };
  return {
    trigger: options.trigger ?? createMockTrigger(),
    inputs,
    config: inputs,
    integrations: { ai: noModel, ...integrations },
    storage,
    env,
    actions,
    log,
    runId,
    userId: 'usr_test',
    installationId: 'inst_test',
    organizationId: 'org_test',
    context: { storage, log, config: inputs, runId },
  };
}

/** A complete workflow that succeeds, with the given parts in place of its own. */
export function createTestWorkflow(parts: Partial<WorkflowDefinition> = {}): WorkflowDefinition {
  return defineWorkflow({
    name: 'Test Workflow',
    integrations: [],
    trigger: manual(),
    async execute() {
      return { success: true };
    },
    ...parts,
  }) as WorkflowDefinition;
}
