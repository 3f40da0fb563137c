// Modules parse JSON out of an answer with prose around it, and survive an answer without any (§13.6).
import { defineWorkflow, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'AI JSON',
  trigger: manual(),
  async execute({ integrations }) {
    const ask = async () => {
      const result = await integrations.ai.generateText({ prompt: 'Classify', temperature: 0 });
      if (!result.success) return { label: 'failed', why: `${result.error}` };
      const found = result.data.match(/\{[\s\S]*\}/);
      try {
        return JSON.parse(found ? found[0] : result.data.response);
      } catch {
        return { label: 'unknown' };
      }
    };
    return { answers: [await ask(), await ask(), await ask(), await ask()] };
  },
});
