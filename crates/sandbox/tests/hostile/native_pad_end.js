// expect: error CPU_LIMIT; process only
export default { async execute(ctx) { for (let i = 0; i < 1e9; i += 1) 'x'.padEnd(20e6, 'abc'); } };
