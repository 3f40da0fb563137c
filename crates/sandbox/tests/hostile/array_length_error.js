// expect: failed RangeError
export default { async execute(ctx) { return new Array(-1); } };
