// expect: error MEMORY_LIMIT
export default { async execute(ctx) { let a = [0]; for (;;) a = [...a, ...a]; } };
