// expect: completed "frozen"
for (const key of Object.getOwnPropertyNames(globalThis)) { const v = globalThis[key]; if (v !== globalThis && v !== null && (typeof v === 'object' || typeof v === 'function')) { Object.freeze(v); if (v.prototype) Object.freeze(v.prototype); } }
Object.freeze(globalThis);
export default { async execute(ctx) { await ctx.storage.put('a', 1); console.log('still', { a: 1 }); return 'frozen'; } };
