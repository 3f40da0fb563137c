// expect: error CPU_LIMIT; process only
export default { async execute(ctx) { Array.prototype.copyWithin.call({ length: 2 ** 53 - 1 }, 1, 0); } };
