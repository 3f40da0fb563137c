// expect: failed Error
export default { async execute(ctx) { const e = new Error('x'); e.cause = e; e.data = e; throw e; } };
