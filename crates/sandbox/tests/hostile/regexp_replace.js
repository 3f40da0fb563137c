// expect: error CPU_LIMIT
export default { async execute(ctx) { return ('a'.repeat(40) + 'b').replace(/(a*)*c/g, 'x'); } };
