// expect: completed true
export default { async execute(ctx) { let o = {}; for (let i = 0; i < 1e5; i += 1) o = Object.create(o); return o.missing === undefined; } };
