// expect: error CPU_LIMIT
export default { async execute(ctx) { for (;;) { try { for (;;); } catch {} finally { continue; } } } };
