// `integrations.ai` is there without being declared; `env.AI` is there only when a model is configured (§5, §13.1).
import { AIModels, defineWorkflow, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Undeclared AI',
  trigger: manual(),
  async execute({ integrations, env }) {
    const viaService = await integrations.ai.generateText({ prompt: 'Summarise', system: 'You are brief', max_tokens: 50 });
    const viaEnv = env.AI
      ? (await env.AI.run(AIModels.LLAMA_3_8B, { messages: [{ role: 'user', content: 'Summarise' }] })).response
      : 'fallback';
    return {
      service: viaService.success ? viaService.data.response : viaService.error?.code,
      env: viaEnv,
    };
  },
});
