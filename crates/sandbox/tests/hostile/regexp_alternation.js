// expect: error CPU_LIMIT
export default { async execute(ctx) { return /^(a|aa|a?)+$/.test('a'.repeat(60) + '!'); } };
