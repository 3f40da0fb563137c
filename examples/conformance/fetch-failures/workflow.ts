// A network that fails is a TypeError, as in browsers, and modules catch it (§8).
import { defineWorkflow, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'fetch failures',
  trigger: manual(),
  async execute() {
    const attempt = async (path: string) => {
      try {
        const response = await fetch(`https://api.example.com/${path}`);
        return `status ${response.status}`;
      } catch (error) {
        return `${(error as Error).name} ${error instanceof TypeError}`;
      }
    };
    return { refused: await attempt('refused'), reset: await attempt('reset'), down: await attempt('down') };
  },
});
