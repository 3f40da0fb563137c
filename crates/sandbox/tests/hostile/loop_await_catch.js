// expect: error CPU_LIMIT
export default { async execute(ctx) { for (;;) { try { await (async () => { for (;;); })(); } catch {} } } };
