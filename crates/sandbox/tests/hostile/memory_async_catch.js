// expect: error MEMORY_LIMIT
export default { async execute(ctx) { const a = []; const fill = async () => { for (;;) a.push(new Uint8Array(1 << 16)); }; for (;;) { try { await fill(); } catch { a.length = 0; } } } };
