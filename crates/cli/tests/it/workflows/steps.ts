// Many steps at once and many in a row.
import { defineWorkflow, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Steps',
  version: '1.0.0',
  integrations: [],
  trigger: manual(),
  async execute({ trigger, storage }) {
    const count: number = trigger.data.count;
    const numbers = Array.from({ length: count }, (_, n) => n);
    await Promise.all(numbers.map((n) => storage.set(`step:${n}`, n)));
    const answers = await Promise.all(numbers.map((n) => fetch(`https://steps.example/${n}`).then((answer) => answer.json())));
    let sum = 0;
    for (const n of numbers) sum += (await storage.get<number>(`step:${n}`)) ?? -1_000_000;
    return { sum, answered: answers.map((answer) => answer.n) };
  },
});
