// expect: error MEMORY_LIMIT
export default { async execute(ctx) { const keep = []; for (;;) keep.push(Promise.reject(new Error('x'.repeat(1000)))); } };
