// expect: completed 0
export default { async execute(ctx) { for (let i = 0; i < 500; i += 1) { const c = new AbortController(); fetch('https://x.test', { signal: c.signal }).catch(() => {}); c.abort(); } await ctx.storage.get('a'); return 0; } };
