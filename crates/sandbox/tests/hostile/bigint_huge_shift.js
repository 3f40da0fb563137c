// expect: failed RangeError
export default { async execute(ctx) { return 1n << (1n << 40n); } };
