// expect: completed "undefined"
export default { async execute(ctx) { Error.prepareStackTrace = () => { for (;;); }; new Error('x').stack; delete Error.prepareStackTrace; return typeof Error.prepareStackTrace; } };
