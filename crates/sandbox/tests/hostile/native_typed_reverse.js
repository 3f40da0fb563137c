// expect: error CPU_LIMIT; process only
export default { async execute(ctx) { const a = new Uint8Array(32 << 20); for (let i = 0; i < 9000; i += 1) a.reverse(); } };
