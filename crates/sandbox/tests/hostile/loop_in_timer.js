// expect: error CPU_LIMIT
export default { async execute(ctx) { await new Promise(() => setTimeout(() => { for (;;); }, 1)); } };
