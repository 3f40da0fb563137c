// expect: error CPU_LIMIT; process only
export default { async execute(ctx) { let n = 0; for (;;) n += ((1n << 1000000n) - 1n).toString().length; } };
