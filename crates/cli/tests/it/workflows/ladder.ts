// Effects of every kind in a row; each rung of the network is numbered, so that a service can tell them apart.
import { defineWorkflow, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Ladder',
  version: '1.0.0',
  integrations: [],
  trigger: manual(),
  async execute({ trigger, storage }) {
    const climb = async (rung: number) => {
      const answer = await fetch(`https://ladder.example/rung/${rung}`, {
        method: 'POST',
        body: JSON.stringify({ run: trigger.data.name, rung }),
      });
      return (await answer.json()).token as string;
    };
    const name: string = trigger.data.name;
    const random = Math.random();
    const first = await climb(0);
    await storage.set(`${name}:count`, ((await storage.get<number>(`${name}:count`)) ?? 0) + 1);
    const second = await climb(1);
    const [third, fourth] = await Promise.all([climb(2), climb(3)]);
    await storage.set(`${name}:count`, ((await storage.get<number>(`${name}:count`)) ?? 0) + 1);
    const fifth = await climb(4);
    console.log('climbed', { at: Date.now() });
    return { tokens: [first, second, third, fourth, fifth], count: await storage.get(`${name}:count`), random };
  },
});
