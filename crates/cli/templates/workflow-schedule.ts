import { defineWorkflow, schedule } from '@millrace/sdk';

export default defineWorkflow({
  name: '__TITLE__',
  description: 'Looks at a web address every morning, and says when what is there has changed.',
  version: '0.1.0',
  pricing: { model: 'free' },
  integrations: [],

  inputs: {
    url: { type: 'url', label: 'Address to look at', required: true },
    sendTime: { type: 'time', label: 'When', default: '08:00' },
    timezone: { type: 'timezone', label: 'Time zone', default: 'UTC' },
  },

  // Filled in for each installation. A time that passes while the server is away is made up for once.
  trigger: schedule('{{inputs.sendTime.minute}} {{inputs.sendTime.hour}} * * *', { timezone: '{{inputs.timezone}}' }),

  async execute({ inputs, storage }) {
    const answer = await fetch(inputs.url);
    if (!answer.ok) return { success: false, error: `${inputs.url} answered ${answer.status}.` };

    const text = await answer.text();
    const before = await storage.get<string>('text');
    if (before === text) return { success: true, skipped: true };
    await storage.set('text', text);

    console.log(before === null ? 'Seen for the first time' : 'Changed', { characters: text.length });
    return { success: true, data: { changed: before !== null, characters: text.length } };
  },
});
