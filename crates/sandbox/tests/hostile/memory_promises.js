// expect: error MEMORY_LIMIT
export default { async execute(ctx) { const all = []; for (;;) all.push(new Promise(() => {}).then(() => {}), new Array(1000).fill(0)); } };
