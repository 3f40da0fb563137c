// Asks many things at once, or sends one large thing.
import { defineWorkflow, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Ceilings',
  version: '1.0.0',
  integrations: [],
  trigger: manual(),
  async execute({ trigger }: any) {
    const { name, fan, bytes } = trigger.data;
    if (fan) await Promise.all(Array.from({ length: fan }, (_, n) => fetch(`https://crm.example/${name}/${n}`)));
    if (!bytes) return { asked: fan };
    try {
      const answer = await fetch(`https://crm.example/${name}`, { method: 'POST', body: 'x'.repeat(bytes) });
      return { status: answer.status };
    } catch (error: any) {
      return { name: error.name, code: error.code };
    }
  },
});
