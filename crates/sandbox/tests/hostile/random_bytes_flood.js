// expect: failed QuotaExceededError
export default { async execute(ctx) { crypto.getRandomValues(new Uint8Array(70000)); } };
