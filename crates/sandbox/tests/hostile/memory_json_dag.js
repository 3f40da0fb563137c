// expect: error CPU_LIMIT; process only
export default { async execute(ctx) { let a = 'x'; for (let i = 0; i < 40; i += 1) a = [a, a]; return JSON.stringify(a).length; } };
