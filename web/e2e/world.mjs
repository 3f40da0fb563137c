// A workspace in which something of everything is there. As a program it stays and says where:
//   node e2e/world.mjs --port 9101
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { client, PASSWORD, services, startServer, ZOOM_SECRET, zoomEnded } from './server.mjs';

/** Who may see every mail. */
export const OPERATOR = 'operator-token-of-the-stories-0123456789';
const here = (path) => readFileSync(fileURLToPath(new URL(path, import.meta.url)), 'utf8');
const ACME = here('../../examples/workflows/acme-meeting-processor/workflow.ts');

/** The workflows of the world, by what they show. */
export const workflows = {
  acme: ACME,
  approval: here('./workflows/refund.ts'),
  long: here('./workflows/long.ts'),
  shop: here('./workflows/shop.ts'),
  broken: here('./workflows/broken.ts'),
};

/** A person with a workspace of their own. */
export async function person(call, email, workspace, name) {
  const signed = await call(undefined, 'POST', '/api/v1/auth/signup', { email, password: PASSWORD });
  if (name) await call(signed.access_token, 'PATCH', '/api/v1/users/me', { name });
  const slug = workspace.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  const made = await call(signed.access_token, 'POST', '/api/v1/auth/create-workspace', { workspace_name: workspace, workspace_slug: slug });
  return made.access_token;
}

/** Deploys one file; answers what the server says of it. */
export function deploy(call, token, text) {
  return call(token, 'POST', '/api/developer/workflows', { files: { 'workflow.ts': text } });
}

/** Waits until a run has come to rest. */
export async function rested(call, token, run) {
  for (let tries = 0; tries < 600; tries += 1) {
    const found = await call(token, 'GET', `/api/runs/${run}`);
    if (!['queued', 'running'].includes(found.status)) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`run ${run} goes on and on`);
}

/** Installs the sample with its connections and a secret; answers the installation, active. */
export function installAcme(call, token, workflow, name = 'Meetings to the CRM') {
  return call(token, 'POST', '/api/installations', {
    workflow,
    name,
    activate: true,
    config: { crmEndpoint: 'https://crm.acme.example/meetings', crmApiKey: 'crm-key-of-acme', notionDatabase: 'db-1' },
    connections: { zoom: { access_token: 'zoom-token', webhook_secret: ZOOM_SECRET }, notion: { access_token: 'ntn_of_acme' } },
  });
}

/** Fills the workspace of Ada: runs of every outcome, people, keys, grants. */
export async function fill(url) {
  const call = client(url);
  const ada = await person(call, 'ada@acme.example', 'Acme Robotics', 'Ada Lovelace');
  const acme = await deploy(call, ada, workflows.acme);
  // What is compared with what runs.
  const next = workflows.acme.replace("'1.2.0'", "'1.3.0'").replace(/^(.*\bdescription: )'[^']*'/m, "$1'Meetings go to the CRM, with their recordings'");
  await call(ada, 'POST', '/api/developer/workflows', { files: { 'workflow.ts': next }, draft: true });
  const meetings = await installAcme(call, ada, acme.workflow_id);
  const address = meetings.webhooks[0].url;
  const good = await zoomEnded(address);
  await rested(call, ada, good);
  const brokenFlow = await deploy(call, ada, workflows.broken);
  const fragile = await call(ada, 'POST', '/api/installations', { workflow: brokenFlow.workflow_id, name: 'Nightly ledger', activate: true, config: {}, connections: {} });
  const failed = (await call(ada, 'POST', `/api/installations/${fragile.id}/run`, { data: { invoices: [{ id: 'in_1', total: 1200 }, { id: 'in_2' }] } })).run_id;
  await rested(call, ada, failed);
  const refund = await deploy(call, ada, workflows.approval);
  const refunds = await call(ada, 'POST', '/api/installations', { workflow: refund.workflow_id, name: 'Refunds', activate: true, config: { limit: 500 } });
  const waiting = (await call(ada, 'POST', `/api/installations/${refunds.id}/run`, { data: { order: 'order-1017', amount: 730 } })).run_id;
  const many = await deploy(call, ada, workflows.long);
  const longs = await call(ada, 'POST', '/api/installations', { workflow: many.workflow_id, name: 'Backfill', activate: true, config: {} });
  const long = (await call(ada, 'POST', `/api/installations/${longs.id}/run`, { data: { entries: Number(process.env.MILLRACE_WORLD_ENTRIES ?? 300) } })).run_id;
  const open = await deploy(call, ada, workflows.shop);
  await call(ada, 'POST', `/api/developer/workflows/${open.workflow_id}/publish`, {});
  const unfinished = await call(ada, 'POST', '/api/installations', { workflow: open.workflow_id, name: 'Shop digest' });
  await call(ada, 'POST', '/api/v1/workspace/users/invite', { email: 'grace@acme.example', role: 'member' });
  await call(ada, 'POST', '/api/v1/api-keys', { name: 'Deploys from CI', permissions: ['deploy'] });
  const grants = `/api/developer/workflows/${acme.workflow_id}/grants`;
  await call(ada, 'POST', grants, { grantType: 'email_domain', grantValue: 'clientcorp.com' });
  const code = await call(ada, 'POST', grants, { grantType: 'access_code', maxInstalls: 10, notes: 'Spring offer' });
  const vendor = await person(call, 'max@vendor.example', 'Vendor');
  const theirs = await deploy(call, vendor, workflows.approval.replace('refund-desk', 'returns-desk'));
  await call(vendor, 'POST', `/api/developer/workflows/${theirs.workflow_id}/grants`, { grantType: 'email', grantValue: 'ada@acme.example', expiresAt: '2099-12-31' });
  await rested(call, ada, waiting);
  await rested(call, ada, long);
  return {
    email: 'ada@acme.example', password: PASSWORD, token: ada, code: code.code, address,
    workflow: acme.workflow_id, listed: open.workflow_id, installation: meetings.id, unfinished: unfinished.id, runs: { good, failed, waiting, long },
  };
}

/** Server, services and the filled workspace. */
export async function startWorld(options = {}) {
  const outside = await services();
  const server = await startServer({ ...options, egress: outside.map, env: { MILLRACE_AUTH_EMAIL_VERIFICATION: 'off', MILLRACE_OPERATOR_TOKEN: OPERATOR, ...options.env } });
  const facts = await fill(server.url);
  // She looks after the installation, too.
  await client(server.url)(OPERATOR, 'PUT', '/api/admin/staff', { email: facts.email, roles: ['ops_admin'] });
  return { ...server, facts, outside, stop: () => (outside.stop(), server.stop()) };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const port = Number(process.argv[process.argv.indexOf('--port') + 1] || 0);
  const world = await startWorld({ port });
  const { token: _, ...facts } = world.facts;
  console.log(JSON.stringify({ url: world.url, ...facts }, null, 2));
  process.on('SIGINT', () => void world.stop().then(() => process.exit(0)));
  process.on('SIGTERM', () => void world.stop().then(() => process.exit(0)));
}
