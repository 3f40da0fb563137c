// expect: error CPU_LIMIT
export default { async execute(ctx) { async function* g() { for (;;) yield 1; } for await (const x of g()) { if (x > 1) break; } } };
