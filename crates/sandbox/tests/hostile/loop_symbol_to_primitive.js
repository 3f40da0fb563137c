// expect: error CPU_LIMIT
export default { async execute(ctx) { return `${{ [Symbol.toPrimitive]() { for (;;); } }}`; } };
