// expect: error CPU_LIMIT
export default { async execute(ctx) { let n = 0; do { n += 1; } while (n > 0 || true); } };
