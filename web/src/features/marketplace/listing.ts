import type { Listing } from './queries';

/** What a price comes to for whoever looks for one. */
export type PriceKind = 'free' | 'usage' | 'monthly' | 'once' | 'other';

export const priceKinds: readonly PriceKind[] = ['free', 'usage', 'monthly', 'once'];

/** The kinds that a listing's pricing belongs to; one that begins free and costs later is both. */
export function priceKind({ model, amount_cents: amount }: Listing['pricing']): PriceKind {
  switch (model) {
    case 'free':
      return 'free';
    case 'freemium':
      return amount > 0 ? 'monthly' : 'free';
    case 'usage':
      return 'usage';
    case 'subscription':
      return 'monthly';
    case 'one-time':
    case 'paid':
      return amount > 0 ? 'once' : 'free';
    default:
      return amount > 0 ? 'other' : 'free';
  }
}

/** `google-calendar` → `Google Calendar`: what a service is called where nothing says it better. */
export function serviceName(service: string): string {
  return names[service] ?? service.split(/[-_]/).map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join(' ');
}

const names: Record<string, string> = { hubspot: 'HubSpot', github: 'GitHub', quickbooks: 'QuickBooks', nexhealth: 'NexHealth', 'workers-ai': 'AI', workersAi: 'AI', ai: 'AI' };

/** Categories and services that occur, commonest first, so that filters offer what finds something. */
export function facets(listings: readonly Listing[]): { categories: string[]; services: string[] } {
  const count = (values: readonly string[]) => {
    const seen = new Map<string, number>();
    for (const value of values) if (value) seen.set(value, (seen.get(value) ?? 0) + 1);
    return [...seen].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0])).map(([value]) => value);
  };
  return { categories: count(listings.map((each) => each.category)), services: count(listings.flatMap((each) => each.services)) };
}

/** A name for one more installation: `Standup`, `Standup 2`, `Standup 3`. */
export function freeName(base: string, taken: readonly string[]): string {
  const used = new Set(taken.map((name) => name.trim().toLowerCase()));
  if (!used.has(base.toLowerCase())) return base;
  for (let n = 2; ; n += 1) if (!used.has(`${base} ${n}`.toLowerCase())) return `${base} ${n}`;
}

/** Texts and addresses that a developer states besides; what is no web address leads nowhere. */
export function links(details: unknown): Array<{ key: string; url: string }> {
  if (typeof details !== 'object' || details === null) return [];
  return Object.entries(details).flatMap(([key, value]) => (typeof value === 'string' && isWeb(value) ? [{ key, url: value }] : []));
}

export function isWeb(text: string): boolean {
  try {
    return ['http:', 'https:'].includes(new URL(text).protocol);
  } catch {
    return false;
  }
}

/** The path of an address of this server, for a link within the app. */
export function ownPath(address: string): string {
  try {
    const url = new URL(address, 'http://here');
    return url.pathname + url.search;
  } catch {
    return address;
  }
}
