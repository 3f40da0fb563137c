// expect: completed []
export default { async execute(ctx) {
  const open = [];
  const attempt = (name, road) => { try { if (road() === 42) open.push(name); } catch {} };
  const proto = Object.getPrototypeOf;
  attempt('eval', () => eval('42'));
  attempt('indirect eval', () => (0, eval)('42'));
  attempt('globalThis.eval', () => globalThis.eval('42'));
  attempt('Function', () => Function('return 42')());
  attempt('new Function', () => new Function('return 42')());
  attempt('constructor', () => (() => {}).constructor('return 42')());
  attempt('method constructor', () => ''.sub.constructor('return 42')());
  attempt('native constructor', () => Math.max.constructor('return 42')());
  attempt('generator', () => proto(function* () {}).constructor('return 42')().next().value);
  attempt('reflect', () => Reflect.construct(proto(() => {}).constructor, ['return 42'])());
  attempt('bound', () => (function () {}).bind().constructor('return 42')());
  attempt('class', () => (class {}).constructor('return 42')());
  attempt('setTimeout', () => { setTimeout('globalThis.x = 42', 0); return globalThis.x; });
  attempt('host function', () => fetch.constructor('return 42')());
  attempt('console', () => console.log.constructor('return 42')());
  attempt('promise', () => Promise.resolve.constructor('return 42')());
  for (const F of [async () => {}, async function* () {}]) {
    try { const made = proto(F).constructor('return 42')(); const v = await (made.next ? (await made.next()).value : made); if (v === 42) open.push('async'); } catch {}
  }
  try { const m = await import('data:text/javascript,export default 42'); if (m.default === 42) open.push('import'); } catch {}
  return open;
} };
