// expect: error CPU_LIMIT
export default { async execute(ctx) { outer: for (;;) { for (let i = 0; i < 10; i += 1) { if (i === 5) continue outer; } } } };
