import { defineWorkflow, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: '__TITLE__',
  description: 'Greets whoever the trigger names, and counts how often.',
  version: '0.1.0',
  pricing: { model: 'free' },

  // Services whose accounts the installation connects, for example { service: 'slack', scopes: ['chat:write'] }.
  integrations: [],

  // What the installation is asked for. Values arrive in `inputs`.
  inputs: {
    greeting: { type: 'text', label: 'Greeting', default: 'Hello' },
  },

  trigger: manual({ description: 'Started by hand or over the API' }),

  // Plain async code. Every await that leaves the sandbox is journaled: after a crash the run goes on where it was.
  async execute({ trigger, inputs, storage }) {
    const name: string = trigger.data.name ?? 'world';
    const times = ((await storage.get<number>(`seen:${name}`)) ?? 0) + 1;
    await storage.set(`seen:${name}`, times);

    console.log(`${inputs.greeting}, ${name}`, { times });
    return { success: true, data: { message: `${inputs.greeting}, ${name}!`, times } };
  },
});
