// expect: error CPU_LIMIT
export default { async execute(ctx) { JSON.stringify([1], () => { for (;;); }); } };
