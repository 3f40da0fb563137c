// expect: error CPU_LIMIT; process only
export default { async execute(ctx) { return ('a' + '\u0300\u0316'.repeat(3e5)).normalize('NFC').length; } };
