// expect: error CPU_LIMIT
export default { async execute(ctx) { class A { get x() { for (;;); } } return { ...new A(), y: new A().x }; } };
