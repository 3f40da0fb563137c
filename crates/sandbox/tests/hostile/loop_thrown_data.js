// expect: error CPU_LIMIT
export default { async execute(ctx) { throw Object.assign(new Error('x'), { data: { toJSON() { for (;;); } } }); } };
