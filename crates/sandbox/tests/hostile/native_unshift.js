// expect: error CPU_LIMIT; process only
export default { async execute(ctx) { Array.prototype.unshift.call({ length: 2 ** 53 - 3 }, 1); } };
