// expect: error CPU_LIMIT; process only
export default { async execute(ctx) { const a = []; a.length = 2 ** 32 - 1; [].concat(a); } };
