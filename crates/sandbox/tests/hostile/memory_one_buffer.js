// expect: error MEMORY_LIMIT
export default { async execute(ctx) { try { new ArrayBuffer(1 << 30); } catch { return 'caught'; } } };
