// expect: failed LimitError TOO_MANY_PENDING_CALLS
export default { async execute(ctx) { for (let i = 0; i < 1e6; i += 1) { try { ctx.storage.get('k').catch(() => {}); } catch {} } return 'done'; } };
