/** What a new workflow begins with: the files that `millrace init` writes, and the examples. Read where they are; nothing is kept twice. */
import metadata from '../../../../crates/cli/templates/metadata-public.ts?raw';
import type { Project } from './project';

/** What there is to begin with, in the order in which it is offered: what `millrace init --template` takes. */
export const TEMPLATES = ['minimal', 'webhook', 'schedule', 'approval', 'ai'] as const;
export type Template = (typeof TEMPLATES)[number];

const bodies = import.meta.glob<string>('../../../../crates/cli/templates/workflow-*.ts', { query: '?raw', import: 'default' });

/** Whole workflows with real services, larger than a beginning. */
export const EXAMPLES = [
  'daily-standup', 'typeform-leads', 'invoice-dunning', 'zoom-meeting-notes', 'sentry-triage', 'stripe-ledger', 'calendly-booking', 'appointment-reminders', 'review-reminders', 'drive-intake',
] as const;
export type Example = (typeof EXAMPLES)[number];

const examples = import.meta.glob<string>('../../../../examples/workflows/*/workflow.ts', { query: '?raw', import: 'default' });

export type Beginning = Template | Example;
export const isBeginning = (value: unknown): value is Beginning => ([...TEMPLATES, ...EXAMPLES] as unknown[]).includes(value);

/** A new workflow. Its title must not hold what ends a text in a source file. */
export async function begin(from: Beginning, title: string): Promise<Project> {
  const example = examples[`../../../../examples/workflows/${from}/workflow.ts`];
  if (example) return { files: { 'workflow.ts': await example() } };
  const body = (await bodies[`../../../../crates/cli/templates/workflow-${from}.ts`]?.()) ?? '';
  const fill = (text: string) => text.replaceAll('__TITLE__', () => title).replaceAll('__SLUG__', () => slug(title));
  return { files: { 'workflow.ts': `${fill(body)}\n${fill(metadata)}` } };
}

/** Whether a title can stand in a source file, and leaves an id. */
export function titleFits(title: string): boolean {
  return !/[\p{Cc}'"`\\${}]/u.test(title) && slug(title) !== '';
}

/** The id of a workflow of this title, as `millrace init` makes it. */
export function slug(title: string): string {
  return title.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, '');
}
