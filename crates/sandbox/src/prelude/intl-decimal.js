// Exact decimal numbers for printing: sign, digits and the position of the point. Rounding works on digits, so it never
// meets a binary fraction: 1.005 with two decimals is 1.01.
export default function install() {
  /** `{ negative, digits, point, special }`; the value is 0.digits × 10^point, digits without zeros at either end. */
  const parse = (value) => {
    const text = typeof value === 'number' && Object.is(value, -0) ? '-0' : `${value}`;
    const match = /^\s*([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d+))?\s*$/.exec(text);
    if (match === null || match[2] + match[3] === '') {
      const number = Number(value);
      return { negative: number < 0, digits: '', point: 0, special: Number.isNaN(number) ? 'nan' : 'infinity' };
    }
    return normal(match[1] === '-', match[2] + match[3], match[2].length + Number(match[4] ?? 0));
  };
  const normal = (negative, digits, point) => {
    const start = /^0*/.exec(digits)[0].length;
    const kept = digits.slice(start).replace(/0+$/, '');
    return { negative, digits: kept, point: kept === '' ? 0 : point - start, special: undefined };
  };
  const shift = (number, places) => (number.digits === '' ? number : { ...number, point: number.point + places });

  const UP = {
    ceil: (number) => !number.negative,
    floor: (number) => number.negative,
    expand: () => true,
    trunc: () => false,
  };
  const goesUp = (number, rest, last, mode) => {
    if (/^0*$/.test(rest)) return false;
    if (UP[mode]) return UP[mode](number);
    const first = rest.charCodeAt(0) - 48;
    if (first !== 5 || /[1-9]/.test(rest.slice(1))) return first >= 5;
    switch (mode) {
      case 'halfCeil': return !number.negative;
      case 'halfFloor': return number.negative;
      case 'halfTrunc': return false;
      case 'halfEven': return (last.charCodeAt(0) - 48) % 2 === 1;
      default: return true;
    }
  };

  /** Keeps `count` digits from the first one on (may be zero or fewer). */
  const keep = (number, count, mode) => {
    if (count >= number.digits.length) return number;
    const padded = count < 0 ? '0'.repeat(-count) + number.digits : number.digits;
    const cut = Math.max(count, 0);
    const rest = count < 0 ? padded : number.digits.slice(cut);
    const head = number.digits.slice(0, cut);
    const last = head.at(-1) ?? '0';
    if (!goesUp(number, rest, last, mode)) return normal(number.negative, head, number.point);
    const up = `${BigInt(head === '' ? '0' : head) + 1n}`;
    // The unit of the kept digits is 10^(point - count), whether or not any were kept.
    return normal(number.negative, up, number.point - count + up.length);
  };
  const toFraction = (number, places, mode) => (number.digits === '' ? number : keep(number, number.point + places, mode));
  const toSignificant = (number, count, mode) => (number.digits === '' ? number : keep(number, count, mode));

  // Every increment divides a power of ten, so the quotient has an end.
  const toIncrement = (number, places, increment, mode) => {
    if (number.digits === '') return number;
    const exact = { ...number, digits: `${BigInt(number.digits) * BigInt(10_000 / increment)}` };
    const more = exact.digits.length - number.digits.length;
    const steps = toFraction(normal(exact.negative, exact.digits, number.point + more - 4), places, mode);
    if (steps.digits === '') return steps;
    const product = `${BigInt(steps.digits) * BigInt(increment)}`;
    return normal(number.negative, product, steps.point + product.length - steps.digits.length);
  };

  /** `[integer, fraction]` digits, with at least the asked number of each. */
  const split = (number, minInteger, minFraction) => {
    const { digits, point } = number;
    const integer = point <= 0 ? '' : digits.slice(0, point).padEnd(point, '0');
    const fraction = point >= digits.length ? '' : '0'.repeat(Math.max(-point, 0)) + digits.slice(Math.max(point, 0));
    return [integer.padStart(Math.max(minInteger, 1), '0'), fraction.padEnd(minFraction, '0')];
  };

  /** Applies the digit options of a number format; answers the rounded number and the least fraction digits to show. */
  const round = (number, o) => {
    const byFraction = () => {
      const { maximumFractionDigits: places, roundingIncrement: increment, roundingMode } = o;
      const rounded = increment === 1 ? toFraction(number, places, roundingMode) : toIncrement(number, places, increment, roundingMode);
      return [rounded, o.minimumFractionDigits];
    };
    const bySignificant = () => {
      const rounded = toSignificant(number, o.maximumSignificantDigits, o.roundingMode);
      const size = rounded.digits === '' ? 1 : rounded.point;
      return [rounded, Math.max(0, o.minimumSignificantDigits - size)];
    };
    switch (o.rounding) {
      case 'fraction': return byFraction();
      case 'significant': return bySignificant();
      default: {
        // The finer of the two, or the coarser, where both are given.
        const last = (number.digits === '' ? 1 : number.point) - o.maximumSignificantDigits;
        const finer = last <= -o.maximumFractionDigits;
        return finer === (o.rounding === 'more') ? bySignificant() : byFraction();
      }
    }
  };
  /** The power of ten of the first digit. */
  const magnitude = (number) => (number.digits === '' ? 0 : number.point - 1);

  return { '%decimal': { magnitude, parse, round, shift, split } };
}
