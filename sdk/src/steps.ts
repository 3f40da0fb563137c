import type { Storage } from './types/context.js';

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
export function generateExecutionId(workflowId: string, eventId: string, timestamp: string = new Date().toISOString().slice(0, 10)): string {
  return `${workflowId}:${eventId}:${timestamp}`;
}

/**
 * Steps that survive from one run to the next, kept in `storage`.
 *
 * Within one run nothing of this is needed: plain code is durable by itself. It is for work that a later run of the same
 * event must not repeat.
 */
export function createStepExecutor(storage: Storage, executionId: string, options: StepExecutorOptions = {}): StepExecutor {
  const { ttlSeconds = 604_800, throwOnFailure = true, onSkip, onExecute, onFail } = options;
  const key = `execution:${executionId}`;
  const fresh = (): ExecutionState => ({ executionId, startedAt: Date.now(), currentStep: null, steps: {}, completed: false });
  let loaded: Promise<ExecutionState> | undefined;

  const load = (): Promise<ExecutionState> =>
    (loaded ??= storage.get<ExecutionState>(key).then((state) => {
      const expired = state !== null && Date.now() - state.startedAt > ttlSeconds * 1_000;
      return state === null || expired ? fresh() : state;
    }));

  const executor: StepExecutor = {
    async step<T>(name: string, fn: () => T | Promise<T>): Promise<T> {
      const state = await load();
      const known = state.steps[name];
      if (known?.status === 'completed') {
        onSkip?.(name, known.result);
        return known.result as T;
      }
      state.currentStep = name;
      onExecute?.(name);
      try {
        const result = await fn();
        state.steps[name] = { name, status: 'completed', result, completedAt: Date.now() };
        await storage.set(key, state);
        return result;
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        state.steps[name] = { name, status: 'failed', error: message, failedAt: Date.now() };
        await storage.set(key, state);
        onFail?.(name, error);
        if (throwOnFailure) {
          throw error;
        }
        return undefined as T;
      }
    },

    async stepIf<T>(condition: boolean, name: string, fn: () => T | Promise<T>): Promise<T | undefined> {
      return condition ? executor.step(name, fn) : undefined;
    },

    async getStepResult<T>(name: string): Promise<T | undefined> {
      const step = (await load()).steps[name];
      return step?.status === 'completed' ? (step.result as T) : undefined;
    },

    async isStepCompleted(name: string): Promise<boolean> {
      return (await load()).steps[name]?.status === 'completed';
    },

    async getProgress(): Promise<StepProgress> {
      const state = await load();
      const named = (status: StepState['status']): string[] =>
        Object.values(state.steps).filter((step) => step.status === status).map((step) => step.name);
      const { startedAt, completed: isComplete } = state;
      return { executionId, startedAt, completedSteps: named('completed'), failedSteps: named('failed'), pendingSteps: [], isComplete };
    },

    async complete(cleanup = false): Promise<void> {
      if (cleanup) {
        await executor.reset();
        return;
      }
      const state = await load();
      Object.assign(state, { completed: true, completedAt: Date.now(), currentStep: null });
      await storage.set(key, state);
    },

    async reset(): Promise<void> {
      await storage.delete(key);
      loaded = undefined;
    },
  };
  return executor;
}
