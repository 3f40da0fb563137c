// expect: error MEMORY_LIMIT
export default { async execute(ctx) { return Array.from({ length: 1e9 }, (_, i) => i).length; } };
