/** Milliseconds that a `Retry-After` header (seconds or a date) asks to wait; null without one. */
export function parseRetryAfter(response: { headers?: { get(name: string): string | null } } | null | undefined): number | null {
  const text = response?.headers?.get('retry-after')?.trim();
  if (!text) {
    return null;
  }
  if (/^\d+(\.\d+)?$/.test(text)) {
    return Math.round(Number(text) * 1_000);
  }
  const date = Date.parse(text);
  return Number.isNaN(date) ? null : Math.max(0, date - Date.now());
}
