// expect: error CPU_LIMIT
export default { async execute(ctx) { [3, 2, 1].sort(() => { for (;;); }); } };
