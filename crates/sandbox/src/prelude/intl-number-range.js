// Two printed numbers as a range: "3–5 m", "$3.00 – $5.00", "~3".
//
// What stands around both numbers is said once when it is a unit, or a sign or symbol of more than one character; what has to be said twice
// keeps its distance from the dash.
export default function install() {
  const NUMBER = new Set(['integer', 'group', 'decimal', 'fraction', 'nan', 'infinity', 'compact', 'exponentSeparator', 'exponentMinusSign', 'exponentInteger']);
  const text = (parts) => parts.map((part) => part.value).join('');

  /** `{ sign, before, core, after }` of the parts of one number; the sign stands first or not at all. */
  const open = (parts) => {
    const first = parts.findIndex((part) => NUMBER.has(part.type));
    const end = parts.findLastIndex((part) => NUMBER.has(part.type)) + 1;
    const signed = parts[0].type === 'minusSign' || parts[0].type === 'plusSign' ? 1 : 0;
    return {
      sign: text(parts.slice(0, signed)),
      before: text(parts.slice(signed, first)),
      core: text(parts.slice(first, end)),
      after: text(parts.slice(end)),
      worded: parts.some((part) => part.type === 'compact' || part.type === 'exponentInteger'),
    };
  };

  /** `outer` is whether the words around the numbers are a unit or the name of a currency. */
  const range = (from, to, outer, { range: pattern, about }) => {
    const put = (one, other) => pattern.replace('{0}', () => one).replace('{1}', () => other);
    if (text(from) === text(to)) return about.replace('{0}', () => text(from));
    const [a, b] = [open(from), open(to)];
    const shared = a.before === b.before && a.after === b.after;
    const around = a.before + a.after;
    const once = shared && (outer || (a.sign === b.sign && [...(a.sign + around)].length > 1));
    const [signs, sign] = once && !outer ? ['', a.sign] : [a.sign, ''];
    const twice = signs + (once ? '' : around) + (a.worded ? ' ' : '');
    const [one, other] = once
      ? [(outer ? a.sign : '') + a.core, (outer ? b.sign : '') + b.core]
      : [a.sign + a.before + a.core + a.after, b.sign + b.before + b.core + b.after];
    const joined = twice === '' ? put(one, other) : put(`${one} `, ` ${other}`);
    return once ? sign + a.before + joined + a.after : joined;
  };
  return { '%numberRange': range };
}
