// Does what its trigger asks, one host call after the other: the checker knows from the same list what must have happened.
import { defineWorkflow, invoke, sleep, webhook } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Fault errand',
  version: '1.0.0',
  integrations: [],
  trigger: webhook({ path: 'errand', event: 'go' }),
  async execute({ trigger, storage }) {
    const n: number = trigger.data.n;
    const tokens: number[] = [];
    const post = async (step: number) => {
      const answer = await fetch(`https://sink.example/${n}/${step}`, { method: 'POST', body: '{}' });
      return (await answer.json()).token as number;
    };
    for (const [what, arg] of trigger.data.plan as [string, number][]) {
      if (what === 'fetch') {
        tokens.push(await post(arg));
      } else if (what === 'bump') {
        const had = (await storage.get<number>(`count:${n}`)) ?? 0;
        await storage.set(`count:${n}`, had + 1);
      } else if (what === 'sleep') {
        await sleep(arg);
      } else if (what === 'pair') {
        tokens.push(...(await Promise.all([post(arg), post(arg + 1)])));
      } else if (what === 'child') {
        tokens.push((await invoke('fault-child', { n, step: arg })).token);
      }
    }
    return { n, tokens };
  },
});
