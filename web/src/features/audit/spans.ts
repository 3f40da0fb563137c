/**
 * Where the members of the outermost object of a JSON text stand, by name: [begin, end) of each value. A hash covers the
 * text as it was written; what is parsed and written again may be spelled otherwise.
 */
export function spans(text: string): Map<string, [number, number]> {
  const found = new Map<string, [number, number]>();
  let at = expect(text, space(text, 0), '{');
  at = space(text, at);
  if (text[at] === '}') return found;
  for (;;) {
    const nameEnd = string(text, space(text, at));
    const name = JSON.parse(text.slice(space(text, at), nameEnd)) as string;
    const begin = space(text, expect(text, space(text, nameEnd), ':'));
    const end = value(text, begin);
    found.set(name, [begin, end]);
    at = space(text, end);
    if (text[at] === '}') return found;
    at = space(text, expect(text, at, ','));
  }
}

function expect(text: string, at: number, sign: string): number {
  if (text[at] !== sign) throw new SyntaxError(`${sign} is missing at ${at}`);
  return at + 1;
}

function space(text: string, from: number): number {
  let at = from;
  while (' \t\r\n'.includes(text[at] ?? '-')) at += 1;
  return at;
}

/** The end of the string that begins here. */
function string(text: string, from: number): number {
  let at = expect(text, from, '"');
  while (text[at] !== '"') {
    if (at >= text.length) throw new SyntaxError('a string does not end');
    at += text[at] === '\\' ? 2 : 1;
  }
  return at + 1;
}

/** The end of the value that begins here; what stands between brackets is checked by whoever parses it. */
function value(text: string, from: number): number {
  let at = from;
  let depth = 0;
  do {
    const sign = text[at];
    if (sign === undefined) throw new SyntaxError('the text ends within a value');
    if (sign === '"') at = string(text, at);
    else {
      if (sign === '{' || sign === '[') depth += 1;
      if (sign === '}' || sign === ']') depth -= 1;
      at += 1;
      if (depth === 0 && !'}]'.includes(sign)) while (!/[,}\]\s]/.test(text[at] ?? ',')) at += 1;
    }
  } while (depth > 0);
  return at;
}
