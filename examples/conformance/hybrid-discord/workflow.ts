// Messages of Discord are read as `data.items` (§13.2, §13.17).
import { defineWorkflow, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Discord messages',
  integrations: [{ service: 'discord' }],
  trigger: manual(),
  async execute({ integrations }) {
    const result = await integrations.discord.channels.getMessages({ channelId: 'c1', after: '10', limit: 50 });
    return { items: result.data.items.map((message: any) => message.content), length: result.data.length };
  },
});
