// One workflow with several triggers looks at `trigger.type`, `service` and `event` (§2 `webhooks`, §3).
import { defineWorkflow, manual, webhook } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Several triggers',
  integrations: [{ service: 'slack' }, { service: 'stripe' }],
  trigger: webhook({ service: 'slack', events: ['message.received', 'interactive_message'] }),
  webhooks: [webhook({ service: 'stripe', event: 'invoice.paid' }), webhook({ path: 'form', event: 'lead' }), manual()],
  async execute({ trigger }) {
    if (trigger.type === 'manual') return { way: 'by hand', note: trigger.data.note ?? 'none' };
    if (trigger.service === 'slack') return { way: `slack ${trigger.event}`, note: trigger.data.text };
    if (trigger.service === 'stripe') return { way: 'stripe', note: trigger.data.data.object.id };
    return { way: `path ${trigger.event}`, note: trigger.data.email };
  },
});
