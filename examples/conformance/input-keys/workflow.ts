// Fields are declared in snake_case and read in camelCase; both spellings are delivered (§4).
import { defineWorkflow, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Input keys',
  config: {
    slack_channel: { type: 'text' },
    enable_a_i: { type: 'boolean' },
    sync_o_o_o: { type: 'boolean' },
    update_c_r_m: { type: 'boolean' },
    include_m_r_r: { type: 'boolean' },
    update_hub_spot: { type: 'boolean' },
    reminder48h: { type: 'number' },
    retry_2_times: { type: 'boolean' },
    _mirror_database: { type: 'text' },
    alreadyCamel: { type: 'text' },
  },
  trigger: manual(),
  async execute({ inputs }) {
    const { slackChannel, enableAI, syncOOO, updateCRM, includeMRR, updateHubSpot, reminder48h, alreadyCamel } = inputs;
    const given: Record<string, unknown> = { ...inputs };
    return {
      camel: { slackChannel, enableAI, syncOOO, updateCRM, includeMRR, updateHubSpot, reminder48h, alreadyCamel },
      declared: [inputs.slack_channel, inputs.enable_a_i, inputs.update_hub_spot],
      leadingUnderscore: [given._mirror_database, given.MirrorDatabase],
      digitAfterUnderscore: 'retry_2Times' in given,
      absent: 'slack-channel' in given,
    };
  },
});
