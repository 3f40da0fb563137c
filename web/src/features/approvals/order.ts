import type { Approval } from './queries';

/** What waits comes first, and of that what ends soonest; then the latest decisions. */
export function inOrder(approvals: readonly Approval[]): Approval[] {
  const due = (each: Approval) => (each.due_at ? Date.parse(each.due_at) : Infinity);
  const asked = (each: Approval) => Date.parse(each.decided_at ?? each.created_at);
  return [...approvals].sort((a, b) => {
    const [waitsA, waitsB] = [a.status === 'pending', b.status === 'pending'];
    if (waitsA !== waitsB) return waitsA ? -1 : 1;
    if (waitsA && due(a) !== due(b)) return due(a) - due(b);
    return asked(b) - asked(a);
  });
}

/** The part of a detail that is meant to be read, and the rest of it as data. */
export function readable(detail: unknown): { text: string | undefined; data: unknown } {
  if (typeof detail === 'string') return { text: detail, data: undefined };
  if (typeof detail !== 'object' || detail === null || Array.isArray(detail)) return { text: undefined, data: detail ?? undefined };
  const members = Object.entries(detail);
  const found = ['text', 'message', 'summary', 'description'].find((name) => members.some(([key, value]) => key === name && typeof value === 'string'));
  if (found === undefined) return { text: undefined, data: members.length > 0 ? detail : undefined };
  const rest = members.filter(([key]) => key !== found);
  return { text: (detail as Record<string, string>)[found], data: rest.length > 0 ? Object.fromEntries(rest) : undefined };
}
