// expect: failed RangeError
export default { async execute(ctx) { return 'x'.repeat(2 ** 31); } };
