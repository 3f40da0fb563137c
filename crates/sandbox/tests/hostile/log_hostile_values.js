// expect: completed 1
export default { async execute(ctx) {
  const trap = new Proxy({}, { get() { throw new Error('touched'); }, ownKeys() { throw new Error('touched'); } });
  console.log(trap, { get a() { throw new Error('getter'); } }, Object.create(null), [trap], new (class { toJSON() { throw 1; } })());
  console.log('\u0000\u001b[2J\r\n\u202e\ud800');
  return 1;
} };
