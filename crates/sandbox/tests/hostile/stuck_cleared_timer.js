// expect: stuck
export default { async execute(ctx) { await new Promise((resolve) => clearTimeout(setTimeout(resolve, 10))); } };
