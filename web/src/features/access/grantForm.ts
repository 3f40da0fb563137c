import type { Schema } from '../../api/types';

export type Kind = Schema<'GrantKind'>;
export type Grant = Schema<'GrantAnswer'>;

/** The kinds in the order in which people look for them. */
export const kinds: readonly Kind[] = ['email', 'email_domain', 'organization', 'access_code', 'user'];

/** What the form of a grant holds; an empty text is nothing. */
export interface GrantValues {
  value: string;
  most: number | string;
  /** The last day, `2030-12-31`. */
  expires: string;
  notes: string;
  force: boolean;
}

export const blank: GrantValues = { value: '', most: '', expires: '', notes: '', force: false };

/** The part of a form that is wrong, and which rule of it. */
export type Wrong = Partial<Record<keyof GrantValues, Kind | 'most' | 'past' | 'notes'>>;

const MOST = 1_000_000;

// Coarse on purpose: the server decides; this spares a round trip for what cannot be meant.
const shapes: Record<Kind, RegExp> = {
  email: /^[^\s@]+@[^\s@.]+(\.[^\s@.]+)+$/,
  user: /^usr_[0-9a-z]+$/,
  email_domain: /^@?[^\s@.]+(\.[^\s@.]+)+$/,
  organization: /^org_[0-9a-z]+$/,
  access_code: /^[A-Z0-9_-]{4,64}$/,
};

/** What is wrong with a form, seen on the day `today` (UTC). */
export function wrongIn(kind: Kind, values: GrantValues, today: string): Wrong {
  const text = valueOf(kind, values.value);
  const isMade = kind === 'access_code' && text === '';
  return {
    ...(!isMade && !shapes[kind].test(text) && { value: kind }),
    ...limitsWrong(values, today),
  };
}

/** What is wrong with the limits of a grant. */
export function limitsWrong(values: Pick<GrantValues, 'most' | 'expires' | 'notes'>, today: string): Wrong {
  const most = values.most === '' ? undefined : Number(values.most);
  return {
    ...(most !== undefined && !(Number.isInteger(most) && most >= 1 && most <= MOST) && { most: 'most' as const }),
    ...(values.expires !== '' && values.expires < today && { expires: 'past' as const }),
    ...(values.notes.length > 500 && { notes: 'notes' as const }),
  };
}

/** A value as it is sent: codes are of capital letters, a domain has no `@`. */
function valueOf(kind: Kind, value: string): string {
  const text = value.trim();
  if (kind === 'access_code') return text.toUpperCase();
  if (kind === 'email_domain') return text.replace(/^@/, '').toLowerCase();
  return text;
}

/** The grant that a form asks for. */
export function requestOf(kind: Kind, values: GrantValues): Schema<'GrantRequest'> {
  const value = valueOf(kind, values.value);
  return {
    grant_type: kind,
    ...(value !== '' && { grant_value: value }),
    ...(values.most !== '' && { max_installs: Number(values.most) }),
    ...(values.expires !== '' && { expires_at: values.expires }),
    ...(values.notes.trim() !== '' && { notes: values.notes.trim() }),
    ...(kind === 'email_domain' && values.force && { force: true }),
  };
}

/** What a form changes of a grant: what was emptied is removed, what is as it was is not sent. */
export function changeOf(grant: Grant, values: Pick<GrantValues, 'most' | 'expires' | 'notes'>): Schema<'GrantChange'> {
  const most = values.most === '' ? null : Number(values.most);
  const expires = values.expires === '' ? null : values.expires;
  const notes = values.notes.trim() === '' ? null : values.notes.trim();
  return {
    ...(most !== (grant.max_installs ?? null) && { max_installs: most }),
    ...(expires !== (lastDay(grant) || null) && { expires_at: expires }),
    ...(notes !== (grant.notes ?? null) && { notes }),
  };
}

/** The last day of a grant as a date field holds it; empty where it does not end. */
export function lastDay(grant: Pick<Grant, 'expires_at'>): string {
  return grant.expires_at?.slice(0, 10) ?? '';
}

/** Whom a grant means, as text; of a code what may be shown of it. */
export function whom(grant: Pick<Grant, 'grant_value'>): string {
  return String(grant.grant_value);
}

export type State = 'live' | 'revoked' | 'ended' | 'exhausted';

/** Whether somebody new may still take a grant up. */
export function stateOf(grant: Grant, now: number): State {
  if (grant.revoked_at) return 'revoked';
  if (grant.expires_at && Date.parse(grant.expires_at) <= now) return 'ended';
  return typeof grant.max_installs === 'number' && grant.used >= grant.max_installs ? 'exhausted' : 'live';
}

/** The day by UTC, in which dates of grants are meant. */
export function todayOf(now: Date): string {
  return now.toISOString().slice(0, 10);
}
