// expect: completed 1
export default { async execute(ctx) { for (let i = 0; i < 2000; i += 1) console.log('line', i, 'x'.repeat(2000)); return 1; } };
