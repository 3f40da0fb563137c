// expect: error CPU_LIMIT
export default { async execute(ctx) { 'aaa'.replace(/a/g, () => { for (;;); }); } };
