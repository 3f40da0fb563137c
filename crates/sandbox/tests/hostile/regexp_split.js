// expect: error CPU_LIMIT
export default { async execute(ctx) { return 'a'.repeat(45).split(/(a|a)*b/); } };
