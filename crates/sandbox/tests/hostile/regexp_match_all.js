// expect: error CPU_LIMIT
export default { async execute(ctx) { return [...('x' + 'a'.repeat(45)).matchAll(/(a+)+[^a]$/g)]; } };
