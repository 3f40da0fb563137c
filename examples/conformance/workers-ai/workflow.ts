// The model answers under the names `workersAi` and `workers-ai` too, with `textGeneration` (§13.1, §13.6).
import { AIModels, createAIClient, defineWorkflow, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Workers AI',
  integrations: [{ service: 'workers-ai' }],
  trigger: manual(),
  async execute({ integrations, env }) {
    const first = await integrations.workersAi.textGeneration({ model: AIModels.LLAMA_3_8B, prompt: 'one', max_tokens: 10 });
    const second = await integrations['workers-ai'].generateText('two');
    const third = await createAIClient(env).generateText({ prompt: 'three' });
    return { first: first.data.response, second: `${second.data}`, third: third.data.response };
  },
});
