// Ten branches at once, one of which fails (§9).
import { batch, defineWorkflow, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'Fan-out',
  trigger: manual(),
  async execute() {
    const load = async (n: number): Promise<number> => {
      const response = await fetch(`https://api.example.com/items/${n}`);
      if (!response.ok) throw new Error(`item ${n} answered ${response.status}`);
      return (await response.json()).value;
    };
    const values = await Promise.all(Array.from({ length: 10 }, (_, n) => load(n)));
    const settled = await Promise.allSettled([load(3), load(99)]);
    const results = await batch([1, 99], (n) => load(n), { concurrency: 2 });
    return {
      sum: values.reduce((a, b) => a + b, 0),
      inOrder: values.every((value, n) => value === n * n),
      settled: settled.map((one) => one.status),
      batch: results.map((one) => (one.ok ? one.value : one.error.message)),
    };
  },
});
