// expect: error CPU_LIMIT; process only
export default { async execute(ctx) { const s = 'a'.repeat(20e6); return s.indexOf('a'.repeat(10e6) + 'b'); } };
