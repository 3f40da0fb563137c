// expect: completed "done"
Object.prototype.then = undefined;
Promise.prototype.then = ((then) => function (a, b) { return then.call(this, a, b); })(Promise.prototype.then);
export default { async execute(ctx) { await ctx.storage.get('a'); return 'done'; } };
