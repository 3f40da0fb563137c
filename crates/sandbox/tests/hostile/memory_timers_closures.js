// expect: failed LimitError TOO_MANY_PENDING_CALLS
export default { async execute(ctx) { for (;;) { const big = new Array(1000).fill(0); setTimeout(() => big.length, 1e6); } } };
