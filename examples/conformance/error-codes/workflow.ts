// What a status means (§6.3); busy and broken services are asked again before that is an answer (§9).
import { defineWorkflow, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Error codes',
  integrations: [{ service: 'notion' }],
  trigger: manual(),
  async execute({ trigger, integrations }) {
    const codes: Record<string, string> = {};
    for (const page of trigger.data.pages) {
      const result = await integrations.notion.pages.retrieve({ page_id: page });
      codes[page] = result.success ? 'fine' : result.error.code;
    }
    return codes;
  },
});
