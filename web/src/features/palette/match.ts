/** What can be found: a place, a thing or a deed. */
export interface Findable {
  label: string;
  /** Other words it is found by. */
  also?: string | undefined;
}

const plain = (text: string) => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();

/** How well a text answers a query; undefined where it does not. Larger is better. */
export function score(query: string, text: string): number | undefined {
  const asked = plain(query).trim();
  const said = plain(text);
  if (asked === '') return 0;
  if (said === asked) return 100;
  if (said.startsWith(asked)) return 90;
  const words = asked.split(/\s+/);
  const heads = said.split(/[^\p{L}\p{N}]+/u);
  if (words.every((word) => heads.some((head) => head.startsWith(word)))) return 70;
  if (words.every((word) => said.includes(word))) return 50;
  return initials(asked, said) ? 20 : undefined;
}

/** Whether the letters come in this order, each at the beginning of a word or right after the one before: "nak" finds "new api key". */
function initials(asked: string, said: string): boolean {
  const from = (at: number, place: number): boolean => {
    if (at === asked.length) return true;
    for (let next = place; next < said.length; next++) {
      const begins = next === 0 || /[^\p{L}\p{N}]/u.test(said[next - 1] ?? '');
      if (said[next] === asked[at] && (begins || (next === place && at > 0)) && from(at + 1, next + 1)) return true;
    }
    return false;
  };
  return asked.length > 1 && from(0, 0);
}

/** Those that answer, the best first; equals keep their order. A word of `also` counts a little less than the name. */
export function find<T extends Findable>(query: string, all: readonly T[]): T[] {
  return all
    .map((each, order) => {
      const also = each.also === undefined ? undefined : score(query, each.also);
      const points = Math.max(score(query, each.label) ?? -1, also === undefined ? -1 : also - 5);
      return { each, order, points };
    })
    .filter(({ points }) => points >= 0)
    .sort((a, b) => b.points - a.points || a.order - b.order)
    .map(({ each }) => each);
}

export type Kind = 'run' | 'installation' | 'workflow' | 'approval' | 'connection' | 'request';

const prefixes: Record<string, Kind> = { run: 'run', inst: 'installation', wf: 'workflow', appr: 'approval', conn: 'connection', req: 'request' };

/** The thing whose id was pasted, also from within an address or with quotes around it. Ids are a prefix and 26 characters of base32. */
export function pasted(text: string): { kind: Kind; id: string } | undefined {
  const found = /(?<![A-Za-z0-9_])(run|inst|wf|appr|conn|req)_([0-9a-hjkmnp-tv-z]{26})(?![A-Za-z0-9_])/.exec(text);
  const kind = found?.[1] === undefined ? undefined : prefixes[found[1]];
  return kind && found ? { kind, id: found[0] } : undefined;
}
