// expect: error MEMORY_LIMIT
export default { async execute(ctx) { let a = [1]; for (let i = 0; i < 40; i += 1) a = [a, a]; return a.flat(Infinity).length; } };
