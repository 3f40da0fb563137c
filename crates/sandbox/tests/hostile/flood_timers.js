// expect: failed LimitError TOO_MANY_PENDING_CALLS
export default { async execute(ctx) { for (let i = 0; i < 1e5; i += 1) setTimeout(() => {}, i); return new Promise(() => {}); } };
