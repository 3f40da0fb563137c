// expect: completed 1
export default { async execute(ctx) { queueMicrotask(() => { throw new Error('late'); }); setTimeout(() => {}, 5); return 1; } };
