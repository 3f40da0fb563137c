// expect: failed Error
export default { async execute(ctx) { throw new Proxy(new Error('x'), new Proxy({}, { get() { for (;;); } })); } };
