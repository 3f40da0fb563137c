// expect: completed 5
export default { async execute(ctx) { return { then(resolve) { resolve(5); } }; } };
