// Waits for an event and doubles what it brings.
import { defineWorkflow, manual, waitForEvent } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Patient Child',
  version: '1.0.0',
  integrations: [],
  trigger: manual(),
  async execute() {
    const event = await waitForEvent<{ n: number }>('child.go');
    return { doubled: event!.data.n * 2 };
  },
});
