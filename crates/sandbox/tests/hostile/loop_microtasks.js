// expect: error CPU_LIMIT
export default { async execute(ctx) { const again = () => { Promise.resolve().then(again); }; again(); await new Promise(() => {}); } };
