// Calls a service in one of two ways and reports what came of it.
import { defineWorkflow, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Probe',
  version: '1.0.0',
  integrations: [{ service: 'zoom', scopes: ['meeting:read'] }],
  trigger: manual(),
  async execute({ trigger, integrations }: any) {
    if (trigger.data.how === 'integration') {
      const result = await integrations.zoom.getMeeting(1);
      // `success: false` in the output would make this run a failed one.
      return { worked: result.success, topic: result.data?.topic, code: result.error?.code, message: result.error?.message };
    }
    try {
      const answer = await fetch('https://plain.example/');
      return { status: answer.status, text: await answer.text() };
    } catch (error: any) {
      return { name: error.name, message: error.message };
    }
  },
});
