// expect: error LOAD_FAILED
import fs from 'node:fs';
export default { execute: async () => fs };
