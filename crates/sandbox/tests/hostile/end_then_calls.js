// expect: completed 1
export default { async execute(ctx) { ctx.storage.get('a').then(() => ctx.storage.get('b')); return 1; } };
