// expect: completed {"__proto__":{"a":1}}
export default { async execute(ctx) { return JSON.parse('{"__proto__":{"a":1}}'); } };
