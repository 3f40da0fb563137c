// expect: error CPU_LIMIT
export default { async execute(ctx) { const p = new Proxy({}, { get() { for (;;); } }); return p.x; } };
