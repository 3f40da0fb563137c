// expect: failed AbortError
export default { async execute(ctx) { const c = new AbortController(); const p = fetch('https://x.test', { signal: c.signal }); c.abort(); await p; } };
