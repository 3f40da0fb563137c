// expect: completed ["undefined","undefined","undefined","undefined","undefined","undefined","undefined","undefined"]
export default { async execute(ctx) { return [typeof eval, typeof Atomics, typeof SharedArrayBuffer, typeof WeakRef, typeof FinalizationRegistry, typeof WebAssembly, typeof process, typeof std]; } };
