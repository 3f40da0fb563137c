// Random numbers and ids work, and are the same when a run is replayed (§8).
import { defineWorkflow, generateId, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Randomness',
  trigger: manual(),
  async execute() {
    const first = Math.random();
    const id = crypto.randomUUID();
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode('abc'));
    return {
      between: first >= 0 && first < 1,
      different: first !== Math.random() && id !== crypto.randomUUID(),
      uuid: id,
      bytes: bytes.some((byte) => byte !== 0),
      generated: generateId('lead'),
      digest: [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join(''),
    };
  },
});
