import { tanstackRouter } from '@tanstack/router-plugin/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

/** Where `npm run dev` sends what is the server's. */
const server = process.env.MILLRACE_URL ?? 'http://127.0.0.1:8787';
const nonce = '__CSP_NONCE__';

export default defineConfig(({ command }) => ({
  plugins: [tanstackRouter({ target: 'react', autoCodeSplitting: true }), react()],
  // The server puts a fresh nonce in its place with every answer.
  html: command === 'build' ? { cspNonce: nonce } : {},
  build: {
    target: 'es2022',
    // A file within a page would need `data:` in the policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    manifest: 'manifest.json',
    // What many pages share comes in a few files: a request for each icon took longer than the icons.
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: 'icons', test: /@tabler[\\/]icons-react/, minShareCount: 3 },
            { name: 'shared', test: /[\\/](@mantine|src[\\/](ui|api|app)|@tanstack|use-intl|@floating-ui)[\\/]/, minShareCount: 12 },
          ],
        },
      },
    },
  },
  worker: { format: 'es' },
  server: {
    proxy: { '/api': server },
    // The types of the SDK, the project that `millrace init` writes, and the examples are read from where they are.
    fs: { allow: ['.', '../sdk', '../crates/cli/templates', '../examples/workflows'] },
  },
  test: { environment: 'happy-dom', include: ['src/**/*.test.{ts,tsx}'], setupFiles: ['src/app/testing.ts'] },
}));
