// expect: stuck
export default { async execute(ctx) { await new Promise(() => {}); } };
