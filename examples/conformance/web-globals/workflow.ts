// What helpers expect of the web platform and of ES2022 (§8).
import { defineWorkflow, manual } from '@millrace/sdk';

class Ledger {
  #entries: number[] = [];
  static kind = 'ledger';
  add(amount: number): this {
    this.#entries.push(amount);
    return this;
  }
  get total(): number {
    return this.#entries.reduce((a, b) => a + b, 0);
  }
}

export default defineWorkflow({
  name: 'Web globals',
  trigger: manual(),
  async execute() {
    const url = new URL('/a b?x=1&x=2#h', 'https://example.com');
    url.searchParams.append('y', 'ü');
    const headers = new Headers({ 'X-One': '1' });
    headers.append('x-one', '2');
    const controller = new AbortController();
    controller.abort();
    const copy = structuredClone({ when: new Date(0), set: new Set([1]), map: new Map([['a', 1]]) });
    const dates = [...'from 2026-01-02 to 2026-03-04'.matchAll(/(?<y>\d{4})-(?<m>\d{2})/g)].map((match) => match.groups?.m);
    return {
      url: url.href,
      all: url.searchParams.getAll('x'),
      headers: headers.get('X-ONE'),
      aborted: controller.signal.aborted,
      copy: [copy.when.getTime(), copy.set.has(1), copy.map.get('a')],
      bytes: new TextEncoder().encode('é').length,
      text: new TextDecoder().decode(new Uint8Array([226, 130, 172])),
      dates,
      behind: 'price: $42'.match(/(?<=\$)\d+/)?.[0],
      arrays: [[1, [2]].flat(2).length, [3, 4].at(-1), [1, 2, 3].findLast((n) => n < 3), Object.fromEntries([['k', 1_000]]).k],
      replaced: 'a-b-c'.replaceAll('-', '_'),
      ledger: [new Ledger().add(2).add(3).total, Ledger.kind],
    };
  },
});
