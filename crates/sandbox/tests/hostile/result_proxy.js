// expect: error CPU_LIMIT
export default { async execute(ctx) { return new Proxy({}, { ownKeys() { for (;;); } }); } };
