// expect: failed LimitError RESULT_TOO_LARGE
export default { async execute(ctx) { return 'x'.repeat(17 << 20); } };
