// expect: error CPU_LIMIT
export default { async execute(ctx) { JSON.parse('[1]', () => { for (;;); }); } };
