// expect: error CPU_LIMIT
export default { async execute(ctx) { const endless = { [Symbol.iterator]: () => ({ next: () => ({ done: false, value: 1 }) }) }; let n = 0; for (const x of endless) n += x; } };
