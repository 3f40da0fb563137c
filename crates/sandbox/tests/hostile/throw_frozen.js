// expect: failed TypeError
export default { async execute(ctx) { throw Object.freeze(new TypeError('frozen')); } };
