// expect: error MEMORY_LIMIT
export default { async execute(ctx) { let s = 'x'; try { for (;;) s = s.repeat(2) + s.slice(1); } catch (e) { return e.message; } } };
