// expect: failed TypeError RESULT_NOT_JSON
export default { async execute(ctx) { const a = {}; a.a = a; return a; } };
