// expect: failed TypeError RESULT_NOT_JSON
export default { async execute(ctx) { return { n: 1n }; } };
