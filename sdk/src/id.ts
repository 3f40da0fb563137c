/** `${prefix}_${time in base 36}_${6 random characters}`. The same on every replay of a run. */
export function generateId(prefix?: string): string {
  let random = '';
  while (random.length < 6) {
    random += Math.floor(Math.random() * 36).toString(36);
  }
  const id = `${Date.now().toString(36)}_${random}`;
  return prefix ? `${prefix}_${id}` : id;
}

/** The id of a playlist given by its id or by a URL with a `list` parameter; null if there is none. */
export function extractPlaylistId(urlOrId: string): string | null {
  const text = String(urlOrId ?? '').trim();
  if (/^(PL|UU|LL|FL|RD|OL)[\w-]*$/.test(text)) {
    return text;
  }
  return /[?&]list=([\w-]+)/.exec(text)?.[1] ?? null;
}
