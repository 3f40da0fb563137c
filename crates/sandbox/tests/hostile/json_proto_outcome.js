// expect: completed "undefined"
export default { async execute(ctx) { JSON.parse('{"__proto__":{"polluted":1}}'); Object.assign({}, JSON.parse('{"__proto__":{"polluted":1}}')); return typeof {}.polluted; } };
