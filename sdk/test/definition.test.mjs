import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as sdk from '../dist/index.js';

test('a definition is handed back as it is', () => {
  const definition = { name: 'x', integrations: [], trigger: sdk.manual(), execute() {} };
  assert.equal(sdk.defineWorkflow(definition), definition);
  assert.deepEqual(sdk.defineConfigField('days', { type: 'number' }, { required: true }), { key: 'days', type: 'number', required: true });
});

test('id, name and description come from metadata, then from the definition', () => {
  assert.equal(sdk.getWorkflowId({ metadata: { id: 'm' }, pathway: { primaryPair: { workflowId: 'p' } }, name: 'N' }), 'm');
  assert.equal(sdk.getWorkflowId({ pathway: { primaryPair: { workflowId: 'p' } }, name: 'N' }), 'p');
  assert.equal(sdk.getWorkflowId({ name: 'My  Nice Flow' }), 'my-nice-flow');
  assert.equal(sdk.getWorkflowName({}), 'Unnamed Workflow');
  assert.equal(sdk.getWorkflowName({ metadata: { name: 'M' }, name: 'N' }), 'M');
  assert.equal(sdk.getWorkflowDescription({}), '');
});

test('triggers are checked when they are made', () => {
  assert.deepEqual(sdk.webhook({ service: 'zoom', events: ['a', 'b'], filter: { x: 1 } }), { type: 'webhook', service: 'zoom', events: ['a', 'b'], filter: { x: 1 } });
  assert.deepEqual(sdk.webhook({ path: 'hook', secret: 's' }), { type: 'webhook', path: 'hook', secret: 's' });
  assert.throws(() => sdk.webhook({}), /either "service" or "path"/);
  assert.throws(() => sdk.webhook({ service: 'a', path: 'b' }), /not both/);

  assert.equal(sdk.cron, sdk.schedule);
  assert.deepEqual(sdk.schedule('0 9 * * *', { timezone: 'Europe/Berlin' }), { type: 'schedule', cron: '0 9 * * *', timezone: 'Europe/Berlin' });
  assert.deepEqual(sdk.cron({ schedule: '*/5 * * * *' }), { type: 'schedule', cron: '*/5 * * * *' });
  assert.deepEqual(sdk.cron({ cron: '{{inputs.sendTime.minute}} {{inputs.sendTime.hour}} * * *' }).cron, '{{inputs.sendTime.minute}} {{inputs.sendTime.hour}} * * *');
  assert.throws(() => sdk.schedule({}), /cron expression/);
  assert.throws(() => sdk.schedule('* * * * * *'), /expected 5 fields, got 6/);

  assert.deepEqual(sdk.manual(), { type: 'manual' });
  assert.deepEqual(sdk.poll({ interval: 300 }), { type: 'poll', interval: 300 });
  assert.deepEqual(sdk.poll({ interval: '{{inputs.every}}' }).interval, '{{inputs.every}}');
  assert.throws(() => sdk.poll({ interval: 59 }), /at least 60/);
  assert.throws(() => sdk.poll({}), /interval/);
});

test('triggers are told apart and described', () => {
  const all = [sdk.webhook({ path: 'p' }), sdk.schedule('* * * * *'), sdk.manual(), sdk.poll({ interval: 60 })];
  const checks = [sdk.isWebhookTrigger, sdk.isScheduleTrigger, sdk.isManualTrigger, sdk.isPollTrigger];
  for (const [i, check] of checks.entries()) assert.deepEqual(all.map(check), all.map((_, j) => i === j));
  assert.equal(sdk.describeTrigger(sdk.webhook({ service: 'zoom', event: 'meeting.ended' })), 'When zoom sends meeting.ended');
  assert.equal(sdk.describeTrigger(sdk.schedule('0 9 * * *')), 'On schedule: 0 9 * * * (UTC)');
  assert.equal(sdk.describeTrigger(sdk.manual({ description: 'By hand' })), 'By hand');
});
