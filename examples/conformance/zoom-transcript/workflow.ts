// A transcript is two requests and a parser; a meeting without one is a success with null (§13.13).
import { defineWorkflow, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Zoom transcript',
  integrations: [{ service: 'zoom' }],
  trigger: manual(),
  async execute({ integrations }) {
    const { zoom } = integrations;
    const spoken = await zoom.getTranscript({ meetingId: 811, fallbackToBrowser: true, shareUrl: 'https://zoom.us/rec/x' });
    const silent = await zoom.getTranscript({ meetingId: 812 });
    return {
      text: spoken.data.transcript_text,
      speakers: spoken.data.speakers,
      attributed: spoken.data.has_speaker_attribution,
      source: spoken.data.source,
      silent: [silent.success, silent.data],
    };
  },
});
