// expect: error MEMORY_LIMIT
export default { async execute(ctx) { const all = []; for (let i = 0; ; i += 1) all.push(class { a() {} b() {} c() {} static d = new Array(500).fill(i); }); } };
