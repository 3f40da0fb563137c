// expect: error CPU_LIMIT
export default { async execute(ctx) { const t = () => { for (;;); }; t`x`; } };
