// Inputs of several types, and one required service.
import { defineWorkflow, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Typed',
  version: '1.0.0',
  integrations: [{ service: 'zoom', scopes: ['meeting:read'] }],
  inputs: {
    count: { type: 'number', label: 'Count', required: true, min: 1, max: 10 },
    colour: { type: 'select', label: 'Colour', options: ['red', 'green'] },
    endpoint: { type: 'url', label: 'Endpoint', required: true },
  },
  trigger: manual(),
  async execute({ inputs }) {
    return { count: inputs.count };
  },
});
