const SHORTEST = 3;
const LONGEST = 30;

/** A short name made of a name, as somebody would choose it; empty where nothing of it can be used. */
export function slugOf(name: string): string {
  return name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replaceAll('ß', 'ss')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, LONGEST)
    .replace(/^-+|-+$/g, '');
}

/** Whether the server would take it for a short name at all. Which are reserved or taken is for it to say. */
export function isSlug(slug: string): boolean {
  return slug.length >= SHORTEST && slug.length <= LONGEST && /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/.test(slug);
}
