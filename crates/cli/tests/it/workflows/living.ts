// Tells a service of every turn of its installation's life.
import { defineWorkflow, manual } from '@millrace/sdk';

const tell = async (path: string) => {
  const answer = await fetch(`https://crm.example/${path}`, { method: 'POST' });
  if (!answer.ok) throw new Error(`the crm says ${answer.status}`);
};

export default defineWorkflow({
  name: 'Living',
  version: '1.0.0',
  inputs: { greeting: { type: 'text', label: 'Greeting', required: true } },
  trigger: manual(),
  async validateConfig(config: any) {
    return config.greeting !== 'bad';
  },
  async onEnable({ inputs, trigger }: any) {
    await tell(`enabled/${inputs.greeting}/${trigger.type}`);
  },
  async onDisable({ inputs }: any) {
    await tell(`disabled/${inputs.greeting}`);
  },
  async onDelete({ inputs }: any) {
    await tell(`deleted/${inputs.greeting}`);
  },
  async execute() {
    return { success: true };
  },
});

export const metadata = {
  id: 'living',
  onConfigChange: async ({ inputs }: any) => {
    await tell(`changed/${inputs.greeting}`);
  },
};
