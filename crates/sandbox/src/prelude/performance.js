// performance: the journal's clock, counted from the first look at it. It stands still between deliveries.
export default function install(host) {
  const timeOrigin = host.now();
  class Performance {
    get timeOrigin() { return timeOrigin; }
    now() { return host.now() - timeOrigin; }
    toJSON() { return { timeOrigin }; }
  }
  Object.defineProperty(Performance.prototype, Symbol.toStringTag, { value: 'Performance', configurable: true });
  return { performance: new Performance() };
}
