// expect: error CPU_LIMIT; process only
export default { async execute(ctx) { Array.prototype.reverse.call({ length: 2 ** 53 - 1 }); } };
