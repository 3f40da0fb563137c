// expect: failed LimitError HOST_CALLS_TOO_LARGE
export default { async execute(ctx) { const big = 'x'.repeat(1 << 20); for (let i = 0; i < 10; i += 1) ctx.storage.put('k', big); return 1; } };
