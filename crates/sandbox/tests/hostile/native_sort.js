// expect: error CPU_LIMIT; process only
export default { async execute(ctx) { Array.prototype.sort.call({ length: 2 ** 53 - 1 }); } };
