import type { Onboarding } from './queries';

/** The steps as people are led through them. Accounts and own credentials are one: the one needs the other. */
export const stepKeys = ['access', 'setup', 'connections', 'config', 'activate', 'test'] as const;
export type StepKey = (typeof stepKeys)[number];

export interface Step {
  key: StepKey;
  status: 'done' | 'open' | 'skipped';
}

/** One service of the `connections` step. */
export interface ServiceState {
  service: string;
  optional: boolean;
  status: 'connected' | 'missing' | 'skipped';
  connection_id: string | null;
}

const detailOf = (onboarding: Onboarding, key: string): Record<string, unknown> => (onboarding.steps.find((step) => step.key === key)?.detail ?? {}) as Record<string, unknown>;
const statusOf = (onboarding: Onboarding, key: string) => onboarding.steps.find((step) => step.key === key)?.status ?? 'skipped';

/** What there is to do, in order. Steps with nothing to do are left out, access while nobody objects. `hasRun`: a test run was seen. */
export function stepsOf(onboarding: Onboarding, hasRun = false): Step[] {
  const parts = [statusOf(onboarding, 'connections'), statusOf(onboarding, 'byoo')];
  const steps: Step[] = [
    { key: 'access', status: statusOf(onboarding, 'access') === 'open' ? 'open' : 'skipped' },
    { key: 'setup', status: statusOf(onboarding, 'setup') },
    { key: 'connections', status: parts.includes('open') ? 'open' : parts.includes('done') ? 'done' : 'skipped' },
    { key: 'config', status: statusOf(onboarding, 'config') },
    { key: 'activate', status: statusOf(onboarding, 'activate') },
    { key: 'test', status: hasRun ? 'done' : 'open' },
  ];
  return steps.filter((step) => step.status !== 'skipped');
}

/**
 * The step that is shown: the one in the address while there is such a one, otherwise the first that is open. `byoo` is what
 * the server calls a part of the accounts.
 */
export function currentOf(steps: readonly Step[], wanted: string | undefined): StepKey {
  const key = wanted === 'byoo' ? 'connections' : wanted;
  return steps.find((step) => step.key === key)?.key ?? steps.find((step) => step.status === 'open')?.key ?? steps.at(-1)?.key ?? 'test';
}

/** Where "continue" leads: on in order, so that nobody is thrown back and forth. */
export function after(steps: readonly Step[], current: StepKey): StepKey | undefined {
  const at = steps.findIndex((step) => step.key === current);
  return steps[at + 1]?.key;
}

export function before(steps: readonly Step[], current: StepKey): StepKey | undefined {
  const at = steps.findIndex((step) => step.key === current);
  return at > 0 ? steps[at - 1]?.key : undefined;
}

/** What must be done before it can be switched on. */
export function leftOf(steps: readonly Step[]): StepKey[] {
  return steps.filter((step) => step.status === 'open' && step.key !== 'activate' && step.key !== 'test').map((step) => step.key);
}

export function servicesOf(onboarding: Onboarding): ServiceState[] {
  const { services } = detailOf(onboarding, 'connections');
  return Array.isArray(services) ? (services as ServiceState[]) : [];
}

/** Whose own credentials the workflow asks for, and which of them are not there. */
export function byooOf(onboarding: Onboarding): { providers: string[]; missing: string[]; instructions: string | undefined } {
  const { providers, missing, instructions } = detailOf(onboarding, 'byoo');
  const texts = (value: unknown) => (Array.isArray(value) ? value.filter((each): each is string => typeof each === 'string') : []);
  return { providers: texts(providers), missing: texts(missing), instructions: typeof instructions === 'string' && instructions.trim() !== '' ? instructions : undefined };
}

/** Which inputs are asked first, and what the author proposes. */
export function configOf(onboarding: Onboarding): { essential: string[]; proposed: Record<string, unknown> } {
  const { essential, defaults } = detailOf(onboarding, 'config');
  return {
    essential: Array.isArray(essential) ? essential.filter((each): each is string => typeof each === 'string') : [],
    proposed: typeof defaults === 'object' && defaults !== null ? (defaults as Record<string, unknown>) : {},
  };
}

/** The developer's own page; nothing for those who may not pass it. */
export function setupUrlOf(onboarding: Onboarding): string | undefined {
  const { setup_url: url } = detailOf(onboarding, 'setup');
  return typeof url === 'string' && /^https?:\/\//.test(url) ? url : undefined;
}

/** Of the codes that a refused activation lists, the step that each belongs to. */
export function stepOfError(field: string): StepKey {
  if (field.startsWith('config')) return 'config';
  if (field.startsWith('connections')) return 'connections';
  return field === 'setup' ? 'setup' : field === 'access' ? 'access' : 'activate';
}
