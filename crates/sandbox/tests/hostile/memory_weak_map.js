// expect: error MEMORY_LIMIT
export default { async execute(ctx) { const w = new WeakMap(); const keys = []; for (let i = 0; ; i += 1) { const k = {}; keys.push(k); w.set(k, new Array(50).fill(i)); } } };
