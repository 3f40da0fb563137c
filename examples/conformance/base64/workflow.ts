// `atob` and `btoa` know Latin-1 and refuse the rest (§8).
import { defineWorkflow, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Base64',
  trigger: manual(),
  async execute() {
    const refused = (code: () => string) => {
      try {
        return code();
      } catch (error) {
        return (error as Error).name;
      }
    };
    return {
      round: atob(btoa('Grüße')),
      basic: btoa('user:pass'),
      loose: atob(' aGk '),
      bad: [refused(() => atob('a')), refused(() => atob('a*b=')), refused(() => btoa('€'))],
    };
  },
});
