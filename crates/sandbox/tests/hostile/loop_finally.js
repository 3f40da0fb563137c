// expect: error CPU_LIMIT
export default { async execute(ctx) { const f = () => { try { for (;;); } finally { f(); } }; f(); } };
