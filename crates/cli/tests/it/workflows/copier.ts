// Copies pieces of data from one place to another, one after the other.
import { defineWorkflow, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Copier',
  version: '1.0.0',
  integrations: [],
  trigger: manual(),
  async execute({ trigger }) {
    let copied = 0;
    for (let piece = 0; piece < trigger.data.pieces; piece++) {
      const answer = await fetch(`https://source.example/${trigger.data.n}/${piece}`);
      const body = await answer.text();
      await fetch(`https://sink.example/${trigger.data.n}/${piece}`, { method: 'PUT', body });
      copied += body.length;
    }
    return { copied };
  },
});
