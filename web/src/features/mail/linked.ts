/** A piece of a text: words, or an address to follow. */
export type Piece = { text: string; href?: undefined } | { text: string; href: string };

/** Divides a text where its web addresses stand. What ends a sentence does not belong to an address. */
export function linked(text: string): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const found of text.matchAll(/https?:\/\/[^\s<>"]+/g)) {
    const href = found[0].replace(/[.,;:!?)\]']+$/, '');
    if (found.index > at) pieces.push({ text: text.slice(at, found.index) });
    pieces.push({ text: href, href });
    at = found.index + href.length;
  }
  if (at < text.length) pieces.push({ text: text.slice(at) });
  return pieces;
}
