import type { InputField } from './types/input.js';
import type { IntegrationRequirement } from './types/integrations.js';

/** The parts of a definition whose changes customers notice. */
export interface ComparableDefinition {
  inputs?: Record<string, InputField>;
  config?: Record<string, InputField>;
  integrations?: readonly IntegrationRequirement[];
  trigger?: { type: string; service?: string; event?: string; events?: readonly string[]; [option: string]: unknown };
}

/** One difference between two versions. */
export interface DefinitionChange {
  kind:
    | 'input_removed'
    | 'input_added'
    | 'input_type_changed'
    | 'input_required'
    | 'option_removed'
    | 'integration_added'
    | 'integration_removed'
    | 'scope_added'
    | 'trigger_changed';
  /** Field, service or trigger. */
  subject: string;
  /** Whether existing installations need attention. */
  breaking: boolean;
  message: string;
}

/** Everything that differs, breaking or not. */
export function detectBreakingChanges(before: ComparableDefinition, after: ComparableDefinition): DefinitionChange[] {
  return [...inputChanges(before, after), ...integrationChanges(before, after), ...triggerChanges(before, after)];
}

/** Whether a change needs the attention of existing installations. */
export function isBreakingChange(change: DefinitionChange): boolean {
  return change.breaking;
}

/** What to do about each breaking change. */
export function getMigrationHints(changes: DefinitionChange[]): string[] {
  return changes.filter(isBreakingChange).map(({ kind, subject }) => {
    switch (kind) {
      case 'input_removed':
        return `Drop "${subject}" from the old configuration in migration.script.`;
      case 'input_added':
      case 'input_required':
        return `Give "${subject}" a default, or fill it in migration.script.`;
      case 'input_type_changed':
        return `Convert "${subject}" in migration.script.`;
      case 'option_removed':
        return `Map the removed options of "${subject}" to remaining ones in migration.script.`;
      case 'integration_added':
        return `Customers must connect ${subject}; mark it optional if the workflow can do without.`;
      case 'scope_added':
        return `Customers must connect ${subject} again to allow the new scopes.`;
      default:
        return `Tell customers that what starts the workflow has changed.`;
    }
  });
}

/** One line per change. */
export function formatChangesForDisplay(changes: DefinitionChange[]): string[] {
  return changes.map((change) => `${change.breaking ? 'BREAKING: ' : ''}${change.message}`);
}

/** All changes in numbers and words. */
export function createBreakingChangeSummary(changes: DefinitionChange[]): { hasBreakingChanges: boolean; breakingCount: number; totalCount: number; summary: string } {
  const breakingCount = changes.filter(isBreakingChange).length;
  const totalCount = changes.length;
  const plural = (count: number): string => `${count} change${count === 1 ? '' : 's'}`;
  const summary = totalCount === 0 ? 'No changes' : breakingCount === 0 ? `${plural(totalCount)}, none breaking` : `${plural(totalCount)}, ${breakingCount} breaking`;
  return { hasBreakingChanges: breakingCount > 0, breakingCount, totalCount, summary };
}

function inputChanges(before: ComparableDefinition, after: ComparableDefinition): DefinitionChange[] {
  const old = { ...before.config, ...before.inputs };
  const now = { ...after.config, ...after.inputs };
  const changes: DefinitionChange[] = [];
  for (const [subject, field] of Object.entries(old)) {
    const successor = now[subject];
    if (!successor) {
      changes.push({ kind: 'input_removed', subject, breaking: true, message: `Input "${subject}" was removed` });
      continue;
    }
    if (successor.type !== field.type) {
      const message = `Input "${subject}" changed from ${field.type} to ${successor.type}`;
      changes.push({ kind: 'input_type_changed', subject, breaking: true, message });
    }
    if (needsValue(successor) && !needsValue(field) && field.default === undefined) {
      changes.push({ kind: 'input_required', subject, breaking: true, message: `Input "${subject}" is now required` });
    }
    const kept = new Set(optionValues(successor));
    const gone = kept.size > 0 ? optionValues(field).filter((value) => !kept.has(value)) : [];
    if (gone.length > 0) {
      changes.push({ kind: 'option_removed', subject, breaking: true, message: `Input "${subject}" lost the options ${gone.join(', ')}` });
    }
  }
  for (const [subject, field] of Object.entries(now)) {
    if (!old[subject]) {
      changes.push({ kind: 'input_added', subject, breaking: needsValue(field), message: `Input "${subject}" was added${needsValue(field) ? ' and is required' : ''}` });
    }
  }
  return changes;
}

function integrationChanges(before: ComparableDefinition, after: ComparableDefinition): DefinitionChange[] {
  const old = requirements(before);
  const now = requirements(after);
  const changes: DefinitionChange[] = [];
  for (const [subject, { scopes, optional }] of now) {
    const known = old.get(subject);
    if (!known) {
      changes.push({ kind: 'integration_added', subject, breaking: !optional, message: `Integration ${subject} was added` });
      continue;
    }
    const added = scopes.filter((scope) => !known.scopes.includes(scope));
    if (added.length > 0) {
      changes.push({ kind: 'scope_added', subject, breaking: true, message: `Integration ${subject} needs the scopes ${added.join(', ')}` });
    }
  }
  for (const subject of old.keys()) {
    if (!now.has(subject)) {
      changes.push({ kind: 'integration_removed', subject, breaking: false, message: `Integration ${subject} is no longer needed` });
    }
  }
  return changes;
}

function triggerChanges(before: ComparableDefinition, after: ComparableDefinition): DefinitionChange[] {
  const facts = ({ trigger }: ComparableDefinition): string => JSON.stringify([trigger?.type, trigger?.service, trigger?.path, trigger?.events ?? (trigger?.event ? [trigger.event] : [])]);
  if (!before.trigger || !after.trigger || facts(before) === facts(after)) {
    return [];
  }
  return [{ kind: 'trigger_changed', subject: after.trigger.type, breaking: true, message: `The trigger changed from ${before.trigger.type} to ${after.trigger.type}` }];
}

function needsValue(field: InputField): boolean {
  return field.required === true && field.default === undefined;
}

function optionValues(field: InputField): string[] {
  return (field.options ?? []).map((option) => (typeof option === 'string' ? option : option.value));
}

function requirements(definition: ComparableDefinition): Map<string, { scopes: string[]; optional: boolean }> {
  return new Map(
    (definition.integrations ?? []).map((entry) =>
      typeof entry === 'string'
        ? [entry, { scopes: [], optional: false }]
        : [entry.service, { scopes: [...(entry.scopes ?? [])], optional: entry.optional === true }],
    ),
  );
}
