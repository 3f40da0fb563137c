// expect: error MEMORY_LIMIT
export default { async execute(ctx) { const text = '[' + '{"a":[1,2,3]},'.repeat(1e5) + '0]'; const all = []; for (;;) all.push(JSON.parse(text)); } };
