// expect: error CPU_LIMIT; process only
export default { async execute(ctx) { const a = new Float64Array(4e6); for (let i = 0; i < a.length; i += 1) a[i] = (i * 7919) % 104729; for (;;) { a.sort(); a.reverse(); } } };
