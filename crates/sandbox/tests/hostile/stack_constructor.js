// expect: error STACK_LIMIT
export default { async execute(ctx) { class A { constructor() { this.a = new A(); } } try { new A(); } catch { return 1; } } };
