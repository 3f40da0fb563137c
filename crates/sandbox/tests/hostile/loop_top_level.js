// expect: error CPU_LIMIT
for (;;);
export default { execute() {} };
