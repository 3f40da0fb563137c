// Reads the options of Intl.NumberFormat, and the digit options it shares with Intl.PluralRules.
export default function install(host) {
  const { common, integer, option } = host.global('%locale');
  const MODES = ['ceil', 'floor', 'expand', 'trunc', 'halfCeil', 'halfFloor', 'halfExpand', 'halfTrunc', 'halfEven'];

  /** Fraction digits of an ISO currency. */
  const currencyDigits = (currency) => {
    const table = host.global('%currencyDigits')('');
    for (const count of Object.keys(table)) if (table[count].includes(currency)) return Number(count);
    return 2;
  };

  const INCREMENTS = [1, 2, 5, 10, 20, 25, 50, 100, 200, 250, 500, 1000, 2000, 2500, 5000];
  const incrementOf = (options) => {
    const increment = integer(options, 'roundingIncrement', 1, 5000, 1);
    if (!INCREMENTS.includes(increment)) throw new RangeError('roundingIncrement value is out of range.');
    return increment;
  };

  const digits = (options, minDefault, mostDefault, notation) => {
    const roundingIncrement = incrementOf(options);
    const maxDefault = roundingIncrement === 1 ? mostDefault : minDefault;
    const o = {
      minimumIntegerDigits: integer(options, 'minimumIntegerDigits', 1, 21, 1),
      roundingMode: option(options, 'roundingMode', MODES, 'halfExpand'),
      roundingPriority: option(options, 'roundingPriority', ['auto', 'morePrecision', 'lessPrecision'], 'auto'),
      trailingZeroDisplay: option(options, 'trailingZeroDisplay', ['auto', 'stripIfInteger'], 'auto'),
    };
    const { minimumFractionDigits: minF, maximumFractionDigits: maxF } = options;
    const { minimumSignificantDigits: minS, maximumSignificantDigits: maxS } = options;
    const hasS = minS !== undefined || maxS !== undefined;
    const hasF = minF !== undefined || maxF !== undefined;
    const auto = o.roundingPriority === 'auto';
    const needS = !auto || hasS;
    const needF = !auto || !(hasS || (!hasF && notation === 'compact'));
    if (needS) {
      o.minimumSignificantDigits = integer(options, 'minimumSignificantDigits', 1, 21, 1);
      o.maximumSignificantDigits = integer(options, 'maximumSignificantDigits', o.minimumSignificantDigits, 21, 21);
    }
    if (needF) {
      let min = integer(options, 'minimumFractionDigits', 0, 100);
      let max = integer(options, 'maximumFractionDigits', 0, 100);
      if (hasF) {
        if (min === undefined) min = Math.min(minDefault, max);
        else if (max === undefined) max = Math.max(maxDefault, min);
        else if (min > max) throw new RangeError('maximumFractionDigits value is out of range.');
      }
      o.minimumFractionDigits = min ?? minDefault;
      o.maximumFractionDigits = max ?? maxDefault;
    }
    if (!needS && !needF) {
      Object.assign(o, { minimumFractionDigits: 0, maximumFractionDigits: 0, minimumSignificantDigits: 1, maximumSignificantDigits: 2 });
      o.rounding = 'more';
    } else if (auto) {
      o.rounding = needS ? 'significant' : 'fraction';
    } else {
      o.rounding = o.roundingPriority === 'morePrecision' ? 'more' : 'less';
    }
    if (roundingIncrement !== 1) {
      if (o.rounding !== 'fraction') throw new TypeError('roundingIncrement goes with fraction digits only.');
      if (o.minimumFractionDigits !== o.maximumFractionDigits) throw new RangeError('With roundingIncrement both fraction digits are the same.');
    }
    o.roundingIncrement = roundingIncrement;
    return o;
  };

  const currencyOf = (options, style) => {
    const value = options.currency;
    if (value === undefined) {
      if (style === 'currency') throw new TypeError('Currency code is required with currency style.');
      return undefined;
    }
    const code = `${value}`;
    if (!/^[A-Za-z]{3}$/.test(code)) throw new RangeError(`Invalid currency code : ${code}`);
    return code.toUpperCase();
  };
  const unitOf = (options, style) => {
    const value = options.unit;
    if (value === undefined) {
      if (style === 'unit') throw new TypeError('Unit is required with unit style.');
      return undefined;
    }
    const known = host.global('%phrases')('en-US').units.of;
    const unit = `${value}`;
    const parts = unit.split('-per-');
    const ok = Object.hasOwn(known, unit) || (parts.length === 2 && parts.every((part) => Object.hasOwn(known, part)));
    if (!ok) throw new RangeError(`Invalid unit argument for Intl.NumberFormat() '${unit}'`);
    return unit;
  };
  const groupingOf = (options, notation) => {
    const fallback = notation === 'compact' ? 'min2' : 'auto';
    const value = options.useGrouping;
    if (value === undefined || value === 'true' || value === 'false') return fallback;
    if (value === true) return 'always';
    if (!value) return false;
    return option(options, 'useGrouping', ['min2', 'auto', 'always'], fallback);
  };

  const readOptions = (options) => {
    common(options);
    const style = option(options, 'style', ['decimal', 'percent', 'currency', 'unit'], 'decimal');
    const currency = currencyOf(options, style);
    const o = {
      style,
      currency: style === 'currency' ? currency : undefined,
      currencyDisplay: option(options, 'currencyDisplay', ['code', 'symbol', 'narrowSymbol', 'name'], 'symbol'),
      currencySign: option(options, 'currencySign', ['standard', 'accounting'], 'standard'),
      unit: unitOf(options, style),
      unitDisplay: option(options, 'unitDisplay', ['short', 'narrow', 'long'], 'short'),
      notation: option(options, 'notation', ['standard', 'scientific', 'engineering', 'compact'], 'standard'),
    };
    const money = style === 'currency' ? currencyDigits(currency) : 0;
    const most = style === 'currency' ? money : style === 'percent' ? 0 : 3;
    Object.assign(o, digits(options, money, most, o.notation));
    o.compactDisplay = option(options, 'compactDisplay', ['short', 'long'], 'short');
    o.useGrouping = groupingOf(options, o.notation);
    o.signDisplay = option(options, 'signDisplay', ['auto', 'never', 'always', 'exceptZero', 'negative'], 'auto');
    return o;
  };
  return { '%numberOptions': readOptions, '%digitOptions': digits };
}
