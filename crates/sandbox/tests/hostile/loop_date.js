// expect: error CPU_LIMIT
export default { async execute(ctx) { const until = Date.now() + 10; while (Date.now() < until); } };
