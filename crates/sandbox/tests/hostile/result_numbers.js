// expect: completed [1e+308,0,null,null,"\ud800"]
export default { async execute(ctx) { return [1e308, -0, NaN, Infinity, '\ud800']; } };
