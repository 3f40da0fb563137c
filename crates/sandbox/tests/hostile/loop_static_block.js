// expect: error CPU_LIMIT
class A { static { for (;;); } }
export default { execute: async () => A };
