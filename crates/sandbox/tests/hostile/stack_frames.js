// expect: completed "undefined"
export default { async execute(ctx) { Error.stackTraceLimit = 50; Error.prepareStackTrace = (e, frames) => frames; const frames = new Error('x').stack; return typeof frames[0]?.getFunction; } };
