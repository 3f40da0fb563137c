// expect: error MEMORY_LIMIT
export default { async execute(ctx) { const all = []; function* g(a) { yield a; } for (let i = 0; ; i += 1) { const it = g(new Array(200).fill(i)); it.next(); all.push(it); } } };
