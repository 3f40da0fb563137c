// expect: completed 1
export default { async execute(ctx) { console.log('x'.repeat(6 << 20)); ctx.log.info('m', { big: 'y'.repeat(1 << 20) }); return 1; } };
