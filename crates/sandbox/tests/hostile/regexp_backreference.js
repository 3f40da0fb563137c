// expect: error CPU_LIMIT
export default { async execute(ctx) { return /^(.*)(.*)(.*)(.*)(.*)\1\2\3\4\5x$/.test('ab'.repeat(200)); } };
