// expect: completed "survived"
export default { async execute(ctx) {
  for (const key of Object.getOwnPropertyNames(globalThis)) { if (key !== 'globalThis') { try { delete globalThis[key]; } catch {} } }
  await ctx.storage.get('a');
  return 'survived';
} };
