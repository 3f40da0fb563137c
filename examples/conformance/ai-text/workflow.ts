// The model's text is read in four ways, and is a string in JSON (§13.2, §16 row 3).
import { defineWorkflow, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'AI text',
  trigger: manual(),
  async execute({ integrations }) {
    const result = await integrations.ai.generateText({ prompt: 'Say it' });
    const text = result.data;
    return {
      response: result.data?.response,
      text: text.text,
      template: `${text}`,
      string: [text.trim(), text.split(' ').length, text.match(/w\w+/)?.[0], text.toUpperCase(), text.length],
      json: text,
      stringified: JSON.stringify({ text }),
      keys: Object.keys({ ...result }).includes('error'),
    };
  },
});
