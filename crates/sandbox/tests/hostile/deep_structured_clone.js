// expect: completed 2
export default { async execute(ctx) { let a = {}; const top = a; for (let i = 0; i < 1e5; i += 1) { a.a = {}; a = a.a; } try { structuredClone(top); } catch { return 1; } return 2; } };
