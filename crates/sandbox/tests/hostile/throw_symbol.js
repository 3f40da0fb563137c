// expect: failed Error
export default { async execute(ctx) { throw Symbol('x'); } };
