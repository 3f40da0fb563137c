// Prints ten lines, then asks a service.
import { defineWorkflow, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Chatty',
  version: '1.0.0',
  integrations: [],
  trigger: manual(),
  async execute() {
    for (let n = 1; n <= 10; n++) console.log(`line ${n}`);
    const answer = await fetch('https://crm.example/in');
    return { status: answer.status };
  },
});
