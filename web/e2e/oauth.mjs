// A real OAuth 2 server in the place of Google's, as the tests of the server use it.
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const peers = fileURLToPath(new URL('../../crates/cli/tests/peers', import.meta.url));

/** A port that was free a moment ago: the OAuth server must know the other's address before that one starts. */
export async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/**
 * Starts it for a Millrace at `url`. Each client's secret is `secret-of-<client>`; whoever comes with `login_hint` is signed in and consents.
 * @param {string} url
 * @param {string[]} clients
 */
export async function google(url, clients) {
  const options = { clients: clients.map((id) => ({ id, secret: `secret-of-${id}` })), redirect: `${url}/api/oauth/gmail/callback` };
  const child = spawn('node', ['oauth.mjs', JSON.stringify(options)], { cwd: peers, stdio: ['pipe', 'pipe', 'inherit'] });
  process.once('exit', () => child.kill('SIGKILL'));
  const first = await new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', resolve);
    child.once('exit', () => reject(new Error('the OAuth server did not start; scripts/peers.sh installs it')));
  });
  return { issuer: JSON.parse(first).issuer, stop: () => child.kill() };
}
