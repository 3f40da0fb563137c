// A real server for stories: the program itself on the embedded database, with stand-ins where services would be.
import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Everybody's password. */
export const PASSWORD = 'tidal copper wombat ledger';
/** What Zoom's stand-in signs with. */
export const ZOOM_SECRET = 'zoom-signing-secret';

/** An identity provider that says who it is, and signs nobody in. */
export const LOGIN = 'https://login.acme.example';

/**
 * A service that answers whatever `answer` says and remembers what it was asked.
 * @param {(request: {method: string, path: string, headers: import('node:http').IncomingHttpHeaders, body: string}) => {status?: number, body: unknown}} answer
 */
export async function standIn(answer) {
  const requests = [];
  const server = createServer((incoming, outgoing) => {
    const chunks = [];
    incoming.on('data', (chunk) => chunks.push(chunk));
    incoming.on('end', () => {
      const request = { method: incoming.method, path: incoming.url, headers: incoming.headers, body: Buffer.concat(chunks).toString() };
      requests.push(request);
      const { status = 200, body } = answer(request);
      outgoing.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${server.address().port}`, requests, stop: () => server.close() };
}

/** The services that the sample workflows call, and a company's login. */
export async function services() {
  const zoom = await standIn(({ path }) => ({ body: { id: Number(path.split('/').pop()) || 1, topic: 'Quarterly planning with ACME', duration: 45, start_time: '2026-01-15T10:00:00Z' } }));
  const notion = await standIn(() => ({ body: { object: 'page', id: 'page-1', url: 'https://notion.so/page-1', results: [], has_more: false, next_cursor: null } }));
  const crm = await standIn(() => ({ status: 201, body: { id: 'crm-1' } }));
  const gmail = await standIn(() => ({ body: { messages: [{ id: 'm1', threadId: 't1' }], resultSizeEstimate: 1, emailAddress: 'ann@acme.com' } }));
  const login = await standIn(() => ({ body: { issuer: LOGIN, authorization_endpoint: `${LOGIN}/auth`, token_endpoint: `${LOGIN}/token`, jwks_uri: `${LOGIN}/keys`, keys: [] } }));
  const map = { 'api.zoom.us': zoom.url, 'api.notion.com': notion.url, 'crm.acme.example': crm.url, 'gmail.googleapis.com': gmail.url, [new URL(LOGIN).host]: login.url };
  return { zoom, notion, crm, gmail, map, stop: () => [zoom, notion, crm, gmail, login].forEach((each) => each.stop()) };
}

/**
 * Starts `millrace serve`; answers when it listens.
 * @param {{port?: number, data?: string, egress?: Record<string, string>, env?: Record<string, string>}} options
 */
export async function startServer({ port = 0, data, egress = {}, env = {} } = {}) {
  const folder = data ?? mkdtempSync(join(tmpdir(), 'millrace-stories-'));
  const binary = process.env.MILLRACE_BIN ?? join(root, 'target/debug/millrace');
  const own = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('MILLRACE_') && name !== 'DATABASE_URL'));
  const child = spawn(binary, ['serve', '--data', folder, '--listen', `127.0.0.1:${port}`], {
    env: {
      ...own,
      MILLRACE_WEB_DIST: process.env.MILLRACE_WEB_DIST ?? join(root, 'web/dist'),
      MILLRACE_EGRESS_MAP: Object.entries(egress).map(([host, url]) => `${host}=${url}`).join(','),
      MILLRACE_RATE_LIMITS: 'off',
      ...env,
    },
    stdio: ['ignore', 'pipe', process.env.MILLRACE_STORIES_LOG ? 'inherit' : 'ignore'],
  });
  // Whatever ends this process ends the server.
  process.once('exit', () => child.kill('SIGKILL'));
  const url = await new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const found = /^millrace listening on (\S+)/.exec(line);
      if (found) resolve(found[1]);
    });
    child.on('exit', (code) => reject(new Error(`the server ended with ${code}; set MILLRACE_STORIES_LOG=1 to see why`)));
    child.on('error', reject);
  });
  const stop = () =>
    new Promise((resolve) => {
      child.once('exit', () => {
        if (data === undefined) rmSync(folder, { recursive: true, force: true });
        resolve(undefined);
      });
      child.kill('SIGTERM');
    });
  return { url, folder, stop };
}

/** The API as a program uses it: throws unless the answer is a success. */
export function client(url) {
  return async function call(token, method, path, body) {
    const response = await fetch(url + path, {
      method,
      headers: { ...(token && { authorization: `Bearer ${token}` }), ...(body !== undefined && { 'content-type': 'application/json' }) },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === '' ? undefined : JSON.parse(text);
  };
}

/** The newest mail to somebody; mails are read with the key of the first start. */
export async function mailTo(call, operatorKey, address) {
  for (let tries = 0; tries < 100; tries += 1) {
    const { data } = await call(operatorKey, 'GET', `/api/v1/mails?to=${encodeURIComponent(address)}`);
    if (data[0]) return call(operatorKey, 'GET', `/api/v1/mails/${data[0].id}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`no mail to ${address}`);
}

/** A delivery as Zoom signs it; answers the run that it began. */
export async function zoomEnded(address, meeting = 85_746_065_432, secret = ZOOM_SECRET) {
  const at = Math.floor(Date.now() / 1000);
  const body = JSON.stringify({
    event: 'meeting.ended',
    event_ts: at * 1000,
    payload: { account_id: 'a1', object: { id: String(meeting), uuid: 'u1', topic: 'Quarterly planning with ACME', duration: 45, start_time: '2026-01-15T10:00:00Z', end_time: '2026-01-15T10:45:00Z', host_id: 'h1', type: 2, timezone: 'UTC' } },
  });
  const signature = `v0=${createHmac('sha256', secret).update(`v0:${at}:${body}`).digest('hex')}`;
  const response = await fetch(address, { method: 'POST', headers: { 'content-type': 'application/json', 'x-zm-request-timestamp': String(at), 'x-zm-signature': signature }, body });
  if (!response.ok) throw new Error(`the webhook was refused: ${response.status} ${await response.text()}`);
  return (await response.json()).run_id;
}
