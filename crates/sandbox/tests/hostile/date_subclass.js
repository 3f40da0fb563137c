// expect: completed true
export default { async execute(ctx) { class D extends Date {} const d = new D(); return d.getTime() === Date.now() && d instanceof D; } };
