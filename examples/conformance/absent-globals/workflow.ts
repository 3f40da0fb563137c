// What Node and browsers have and the sandbox has not; modules ask with `typeof` (§5, §8).
import { defineWorkflow, manual } from '@millrace/sdk';

declare const process: { env: Record<string, string | undefined> } | undefined;
declare const require: unknown;
declare const Buffer: unknown;
declare const __dirname: unknown;
declare const window: unknown;
declare const document: unknown;

export default defineWorkflow({
  name: 'Absent globals',
  trigger: manual(),
  async execute() {
    const key = typeof process !== 'undefined' ? process.env.API_KEY : undefined;
    const refused = (code: () => unknown) => {
      try {
        code();
        return 'ran';
      } catch (error) {
        return (error as Error).name;
      }
    };
    const scope = globalThis as Record<string, any>;
    return {
      kinds: [typeof process, typeof require, typeof Buffer, typeof __dirname, typeof window, typeof document, typeof scope.WebAssembly, typeof scope.eval],
      key: key ?? 'none',
      dynamic: [refused(() => scope.Function('return 1')()), refused(() => (() => {}).constructor('return 1')())],
    };
  },
});
