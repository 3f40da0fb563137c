// expect: failed Error
export default { async execute(ctx) { throw new Error('x'.repeat(15 << 20)); } };
