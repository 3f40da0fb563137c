// expect: error CPU_LIMIT
export default { async execute(ctx) { console.log({ get a() { for (;;); } }); } };
