// expect: error CPU_LIMIT; process only
export default { async execute(ctx) { Array.prototype.join.call({ length: 2 ** 32 - 1 }, ''); } };
