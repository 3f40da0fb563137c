// expect: completed []
export default { async execute(ctx) {
  const open = [];
  for (const name of ['fs', 'node:fs', 'std', 'os', 'qjs:std', 'file:///etc/passwd', '/etc/passwd', '../../etc/passwd', 'https://x.test/a.js', 'millrace:host', 'millrace:core.js', '@millrace/sdk', '', 'main.js/../main.js']) {
    try { await import(name); open.push(name); } catch {}
  }
  return open;
} };
