// expect: completed [null,null,"ok"]
for (const C of [Object, Array, Promise, Function, Map, String]) for (const key of Object.getOwnPropertyNames(C.prototype)) {
  if (key === 'constructor' || key === 'then' || key === 'toString' || key === 'call' || key === 'apply') continue;
  try { C.prototype[key] = () => { throw new Error('polluted'); }; } catch {}
}
JSON.parse = JSON.stringify = () => 'stolen';
Object.defineProperty = Object.create = Reflect.apply = Reflect.construct = () => { throw new Error('polluted'); };
Object.prototype.seq = 99; Object.prototype.once = true; Object.prototype.get = () => 1;
globalThis.Promise = null; globalThis.Error = null;
export default { async execute(ctx) { const a = await ctx.storage.get('a'); const b = await ctx.storage.put('b', 1); return [a, b ?? null, 'ok']; } };
