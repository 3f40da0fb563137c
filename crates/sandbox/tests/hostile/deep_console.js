// expect: completed 1
export default { async execute(ctx) { let a = {}; const top = a; for (let i = 0; i < 1e5; i += 1) { a.a = {}; a = a.a; } console.log(top); return 1; } };
