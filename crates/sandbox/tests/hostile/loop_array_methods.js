// expect: error CPU_LIMIT
export default { async execute(ctx) { const a = Array.from({ length: 1000 }, (_, i) => i); for (;;) a.map((x) => x + 1).filter((x) => x % 2).reduce((x, y) => x + y, 0); } };
