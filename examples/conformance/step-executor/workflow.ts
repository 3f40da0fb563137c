// Steps of an earlier run of the same event are not repeated (§7.3).
import { createStepExecutor, defineWorkflow, generateExecutionId, webhook } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Step executor',
  integrations: [{ service: 'stripe' }, { service: 'notion' }, { service: 'slack' }],
  trigger: webhook({ service: 'stripe', event: 'invoice.paid' }),
  async execute({ trigger, integrations, storage }) {
    const invoice = trigger.data.data.object;
    const steps = createStepExecutor(storage, generateExecutionId('ledger', invoice.id, '2026-01-15'));
    const need = <T extends { success: boolean; error?: unknown; data: any }>(result: T) => {
      if (!result.success) throw new Error(`${result.error}`);
      return result.data;
    };
    const page = await steps.step('page', async () =>
      need(await integrations.notion.pages.create({ parent: { database_id: 'db_1' }, properties: { Invoice: { title: [{ text: { content: invoice.id } }] } } })).id,
    );
    await steps.step('announce', async () => need(await integrations.slack.chat.postMessage({ channel: 'C1', text: `Paid: ${page}` })).ts);
    const progress = await steps.getProgress();
    await steps.complete();
    return { page, completed: progress.completedSteps, failed: progress.failedSteps };
  },
});
