import { AIModels, defineWorkflow, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: '__TITLE__',
  description: 'Sums up a text with a language model.',
  version: '0.1.0',
  pricing: { model: 'free' },
  integrations: [],

  inputs: {
    sentences: { type: 'number', label: 'Sentences', default: 1, min: 1, max: 10 },
  },

  trigger: manual({ description: 'Started by hand or over the API' }),

  // Plain async code. Every await that leaves the sandbox is journaled: the model is asked once, even across a crash.
  async execute({ trigger, inputs, integrations }) {
    const text: string = trigger.data.text ?? '';
    if (!text) return { success: false, error: 'The trigger carries no text.' };

    const answer = await integrations.ai.generateText({
      model: AIModels.LLAMA_3_8B,
      system: `Sum up in ${inputs.sentences} sentence(s).`,
      prompt: text,
    });
    // Without a configured model the call fails in an orderly way; the workflow decides what that means.
    if (!answer.success) return { success: false, error: String(answer.error) };

    return { success: true, data: { summary: String(answer.data) } };
  },
});
