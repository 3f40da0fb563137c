// The ecosystem's own module names are understood (§1, §7.8).
import { Calendly, extractPlaylistId, Typeform } from '@workwayco/integrations';
import { defineWorkflow, manual } from '@workwayco/sdk';
import { AIModels } from '@workwayco/sdk/workers-ai';

export default defineWorkflow({
  name: 'Aliases',
  trigger: manual(),
  async execute() {
    return {
      playlist: [extractPlaylistId('https://video.example/playlist?list=PLabc123'), extractPlaylistId('nothing')],
      kinds: [typeof Typeform.extractAnswers, typeof Calendly.extractMeetingDetails],
      model: AIModels.LLAMA_3_8B,
    };
  },
});
