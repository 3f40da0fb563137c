// expect: error CPU_LIMIT
export default { async execute(ctx) { function* g() { for (;;) yield 1; } for (const x of g()) { try { x.y; } finally { } } } };
