// expect: error CPU_LIMIT
export default { async execute(ctx) { return /^(?=(a+)+$)a*c/.test('a'.repeat(40) + 'b'); } };
