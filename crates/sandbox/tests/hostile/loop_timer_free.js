// expect: error CPU_LIMIT
export default { async execute(ctx) { queueMicrotask(() => { for (;;); }); await null; } };
