// expect: completed 20000
export default { async execute(ctx) { let p = Promise.resolve(0); for (let i = 0; i < 2e4; i += 1) p = p.then((n) => n + 1); return p; } };
