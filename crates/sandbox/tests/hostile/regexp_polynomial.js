// expect: error CPU_LIMIT
export default { async execute(ctx) { return /a*a*a*a*a*a*a*b/.test('a'.repeat(2000)); } };
