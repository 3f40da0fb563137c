// Asks a model in every way that workflows do, before and after a pause.
import { AIModels, createAIClient, defineWorkflow, manual, waitForEvent } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Thinking',
  version: '1.0.0',
  integrations: [],
  trigger: manual(),
  async execute({ trigger, integrations, env }: any) {
    const offered = Boolean(env.AI);
    if (trigger.data.wait) await waitForEvent('go', { match: { n: trigger.data.wait } });
    const summary = await integrations.ai.generateText({ system: 'Be brief.', prompt: 'Summarise', model: AIModels.LLAMA_3_8B, max_tokens: 60 });
    if (!summary.success) return { offered, code: summary.error.code, message: `${summary.error}` };
    const ran = await env.AI.run(AIModels.LLAMA_3_8B, { messages: [{ role: 'user', content: 'Run' }] });
    const workers = await integrations.workersAi.textGeneration({ prompt: 'Workers' });
    const client = await createAIClient(env).generateText({ prompt: 'Client', cache: true });
    const cached = await createAIClient(env).generateText({ prompt: 'Client', cache: true });
    const vectors = await integrations.ai.embeddings({ text: ['a', 'b'] });
    return {
      offered,
      text: summary.data.trim(),
      response: summary.data?.response,
      tokens: summary.data.usage.total_tokens,
      ran: ran.response,
      workers: workers.data.response,
      client: client.data.text,
      cached: cached.data.response,
      vectors: vectors.data.embeddings,
    };
  },
});
