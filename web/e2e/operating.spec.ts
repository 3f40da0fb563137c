import { readFileSync } from 'node:fs';

import { expect, signIn, test } from './fixtures';
import { Mouse } from './hands';
import { ledger, NOTE } from './ledger';
import { agree, newcomer, unique } from './newcomers';
import { PASSWORD } from './server.mjs';
import { deploy, rested, workflows } from './world.mjs';

/** A workspace with an installation whose runs fail: `failures` of them, one that completes. */
async function failing(call: Parameters<typeof deploy>[0], failures: number) {
  const { email, token } = await newcomer(call);
  const id = unique('ledger');
  const flow = await deploy(call, token, ledger(id, '1.0.0', NOTE));
  const made = await call(token, 'POST', '/api/installations', { workflow: flow.workflow_id, name: 'Ledger', activate: true });
  const start = (invoice: object) => call(token, 'POST', `/api/installations/${made.id}/run`, { data: { invoices: [{ id: 'in_1', total: 5 }, invoice] } }).then((run: { run_id: string }) => run.run_id);
  const failed = await Promise.all(Array.from({ length: failures }, () => start({ id: 'in_2' })));
  const good = await start({ id: 'in_2', total: 7 });
  await Promise.all([...failed, good].map((run) => rested(call, token, run)));
  return { email, token, id, workflow: flow.workflow_id as string, installation: made.id as string, failed, good };
}

test('alerts come, change and go; figures are filtered and exported', async ({ call, page }) => {
  const hand = new Mouse(page);
  const { email, token, workflow, failed, good } = await failing(call, 2);
  const rules = () => call(token, 'GET', `/api/workflows/${workflow}/alerts`).then(({ data }: { data: object[] }) => data);
  await signIn(page, email, PASSWORD, `/app/developer/workflows/${workflow}?tab=alerts`);
  await hand.click(page.getByRole('button', { name: 'New alert' }));
  const dialog = page.getByRole('dialog');
  await hand.fill(dialog.getByLabel('Name'), 'Any failure');
  await hand.choose(dialog.getByRole('combobox', { name: 'Rule' }), 'Any run fails');
  await hand.click(dialog.getByRole('button', { name: 'Tell somewhere else, too' }));
  await hand.fill(dialog.getByLabel('Address (https)'), 'http://ops.example/hook');
  await hand.click(dialog.getByRole('button', { name: 'New alert' }));
  await expect(dialog.getByText('An address that begins with https://')).toBeVisible();
  await hand.fill(dialog.getByLabel('Address (https)'), 'https://ops.example/hook');
  await hand.click(dialog.getByRole('button', { name: 'New alert' }));
  await expect(dialog.getByRole('textbox', { name: 'Signing secret of the webhook at ops.example' })).toHaveValue(/^whsec_/);
  await hand.click(dialog.getByRole('button', { name: 'Done' }));
  const alerts = page.getByRole('table', { name: 'Alerts' });
  await expect(alerts.getByText('Any failure')).toBeVisible();
  await hand.click(alerts.getByRole('button', { name: 'Change Any failure' }));
  await hand.fill(dialog.getByLabel('Name'), 'Two failures');
  await hand.fill(dialog.getByLabel('Value'), '1');
  await hand.click(dialog.getByRole('button', { name: 'Save' }));
  await expect(alerts.getByText('failures > 1')).toBeVisible();
  await hand.click(alerts.getByRole('switch', { name: 'Turn Two failures off' }));
  await expect(alerts.getByText('Off', { exact: true })).toBeVisible();
  expect(await rules()).toMatchObject([{ name: 'Two failures', condition: 'failures > 1', enabled: false, channels: [{ type: 'email' }, { type: 'webhook', host: 'ops.example' }] }]);
  await hand.click(alerts.getByRole('button', { name: 'Remove Two failures' }));
  await agree(page, 'Remove the rule');
  await expect(page.getByRole('heading', { name: 'Nobody is told yet' })).toBeVisible();
  expect(await rules()).toEqual([]);

  await page.goto(`/app/analytics/${workflow}`);
  const figure = (name: string) => page.locator('dt', { hasText: new RegExp(`^${name}$`) }).first().locator('xpath=following-sibling::dd');
  await expect(figure('Runs')).toHaveText('3');
  await expect(figure('Failed')).toHaveText('2');
  await expect(figure('Succeeded')).toHaveText('33.3%');
  await hand.click(page.getByText('24 hours'));
  await page.waitForURL('**range=24h**');
  await expect(page.getByText('By the hour of acceptance.')).toBeVisible();
  await expect(figure('Runs')).toHaveText('3');
  for (const [item, ending] of [['CSV (spreadsheets)', 'csv'], ['NDJSON (programs)', 'ndjson']] as const) {
    await hand.click(page.getByRole('button', { name: 'Export' }));
    const download = page.waitForEvent('download');
    await hand.click(page.getByRole('menuitem', { name: item }));
    const file = await download;
    expect(file.suggestedFilename()).toMatch(new RegExp(`^runs-\\d{4}-\\d\\d-\\d\\d-\\d{4}-\\d\\d-\\d\\d\\.${ending}$`));
    const lines = readFileSync(await file.path(), 'utf8').trim().split('\n');
    if (ending === 'csv') expect(lines.shift()).toMatch(/^id,workflow_id,version,/);
    expect(lines.map((line) => /run_\w+/.exec(line)?.[0]).sort()).toEqual([...failed, good].sort());
    expect(lines.filter((line) => /[,"]failed[,"]/.test(line)).length).toBe(2);
  }
  await hand.choose(page.getByRole('combobox', { name: 'Started by' }), 'Schedule');
  await expect(figure('Runs')).toHaveText('0');
  await hand.click(page.getByRole('button', { name: 'Clear filters' }));
  await expect(figure('Runs')).toHaveText('3');
});

test('many runs are resumed, repeated and cancelled; a recording is taken home', async ({ call, page }) => {
  const hand = new Mouse(page);
  const { email, token, id, workflow, failed } = await failing(call, 3);
  const mended = ledger(id, '1.0.1', NOTE).replace('throw new Error(`invoice ${invoice.id} has no total`)', 'return 0');
  await call(token, 'POST', `/api/developer/workflows/${workflow}/versions`, { files: { 'workflow.ts': mended } });
  await signIn(page, email, PASSWORD, '/app/runs?status=failed');
  const rows = page.getByRole('table', { name: 'Runs' }).getByRole('row');
  await expect(rows).toHaveCount(4);
  for (const run of failed.slice(0, 2)) await hand.click(page.getByRole('checkbox', { name: new RegExp(run) }));
  await hand.click(page.getByRole('region', { name: '2 runs selected' }).getByRole('button', { name: 'Resume…' }));
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByText('2 can go on, none is refused')).toBeVisible();
  await hand.click(dialog.getByRole('button', { name: 'Resume 2 runs' }));
  await expect(dialog.getByText('2 runs go on, none was refused.')).toBeVisible();
  await hand.click(dialog.getByRole('button', { name: 'Close' }).last());
  await expect(page.getByRole('region', { name: /selected/ })).toHaveCount(0);
  await hand.click(page.getByRole('button', { name: 'Resume all failed…' }));
  await hand.click(dialog.getByRole('button', { name: 'Resume 1 run' }));
  await expect(dialog.getByText('1 run goes on, none was refused.')).toBeVisible();
  await hand.click(dialog.getByRole('button', { name: 'Close' }).last());
  const resumed = async () => (await call(token, 'GET', '/api/runs?limit=50')).data.filter((run: { resumed_from?: string; status: string }) => run.resumed_from && run.status === 'completed').length;
  await expect.poll(resumed).toBe(3);

  const desk = await deploy(call, token, workflows.approval.replace('refund-desk', unique('desk')));
  const made = await call(token, 'POST', '/api/installations', { workflow: desk.workflow_id, name: 'Refunds', activate: true, config: { limit: 500 } });
  const waiting: string[] = [];
  for (const order of ['o-1', 'o-2']) waiting.push((await call(token, 'POST', `/api/installations/${made.id}/run`, { data: { order, amount: 730 } })).run_id);
  for (const run of waiting) await rested(call, token, run);
  await page.goto(`/app/runs?installation=${made.id}&workflow=${workflow}`);
  await expect(page.getByRole('heading', { name: 'No run matches' })).toBeVisible();
  await hand.click(page.getByRole('button', { name: /^Without this filter: Only runs of/ }));
  await expect(rows).toHaveCount(3);
  await hand.click(page.getByRole('checkbox', { name: 'Select all that are shown' }));
  await hand.click(page.getByRole('button', { name: 'Cancel (2)' }));
  await agree(page, 'Cancel');
  await expect(page.getByText('2 runs are being cancelled.')).toBeVisible();
  await expect(rows.getByText('Cancelled')).toHaveCount(2);
  await hand.click(page.getByRole('checkbox', { name: 'Select all that are shown' }));
  await hand.click(page.getByRole('button', { name: 'Run again (2)' }));
  await agree(page, 'Run again');
  await expect.poll(async () => (await call(token, 'GET', `/api/runs?installation=${made.id}`)).data.length).toBe(4);

  await page.goto(`/app/runs/${failed[0]}`);
  await hand.click(page.getByRole('button', { name: 'Recording' }));
  const download = page.waitForEvent('download');
  await hand.click(dialog.getByRole('button', { name: 'Download the recording' }));
  const file = await download;
  expect(file.suggestedFilename()).toBe(`${failed[0]}.json`);
  const recording = JSON.parse(readFileSync(await file.path(), 'utf8'));
  expect(recording.run.id).toBe(failed[0]);
  expect(recording.journal.length).toBeGreaterThan(0);
});

test('the audit log is searched, exported and proves itself', async ({ call, page }) => {
  const hand = new Mouse(page);
  const { email, token } = await newcomer(call);
  const flow = await deploy(call, token, ledger(unique('ledger'), '1.0.0', NOTE));
  for (const region of ['eu', 'us']) await call(token, 'PUT', `/api/developer/workflows/${flow.workflow_id}/variables/REGION`, { value: region, secret: false });
  const all = await call(token, 'GET', '/api/v1/audit?limit=200');
  await signIn(page, email, PASSWORD, '/app/settings/audit');
  const rows = page.getByRole('table').getByRole('row');
  const search = page.getByRole('search').getByLabel('Search');
  await hand.fill(search, 'variable');
  await expect(rows).toHaveCount(3);
  await hand.click(rows.nth(1).getByRole('button', { name: /^Details of variable/ }));
  const drawer = page.getByRole('dialog');
  await expect(drawer.getByText('REGION').first()).toBeVisible();
  await hand.click(drawer.getByRole('button', { name: 'Only of this request' }));
  await expect(rows).toHaveCount(2);
  await expect(search).toHaveValue('');
  await hand.click(page.getByRole('button', { name: 'Clear filters' }));
  await hand.choose(page.getByRole('combobox', { name: 'Action' }), 'workspace');
  await expect(rows.getByRole('button', { name: /^Details of workspace/ }).first()).toBeVisible();
  await expect(rows.getByText('variable')).toHaveCount(0);

  const download = page.waitForEvent('download');
  await hand.click(page.getByRole('button', { name: 'Export' }));
  const file = await download;
  expect(file.suggestedFilename()).toMatch(/^audit-\d{4}-\d\d-\d\d\.ndjson$/);
  const kept = readFileSync(await file.path(), 'utf8');
  // A header before the rows, a trailer with the signature after them.
  expect(kept.trim().split('\n').length).toBeGreaterThanOrEqual(all.data.length + 2);

  await hand.click(page.getByRole('button', { name: 'Verify' }));
  const dialog = page.getByRole('dialog');
  await hand.click(dialog.getByRole('button', { name: 'Verify now' }));
  await expect(dialog.getByText('The log proves itself')).toBeVisible();
  await hand.click(dialog.getByText('An export that I kept'));
  const given = (text: string) => dialog.locator('input[type=file]').setInputFiles({ name: 'audit.ndjson', mimeType: 'application/x-ndjson', buffer: Buffer.from(text) });
  await given(kept);
  await hand.click(dialog.getByRole('button', { name: 'Verify now' }));
  await expect(dialog.getByText('The log proves itself')).toBeVisible();
  await given(kept.replace('REGION', 'REASON'));
  await hand.click(dialog.getByRole('button', { name: 'Verify now' }));
  await expect(dialog.getByText('The log does not prove itself')).toBeVisible();
});
