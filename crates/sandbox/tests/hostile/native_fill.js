// expect: error CPU_LIMIT; process only
export default { async execute(ctx) { const a = new Uint8Array(32 << 20); for (;;) a.fill(1); } };
