// `fetch` as modules use it: headers pass, User-Agent too; answers are read in any way (§8).
import { defineWorkflow, manual } from '@millrace/sdk';

export default defineWorkflow({
  name: 'fetch',
  trigger: manual(),
  async execute() {
    const posted = await fetch('https://api.example.com/items?page=2', {
      method: 'POST',
      headers: { 'User-Agent': 'meeting-sync/1.0', 'X-Team': 'core', 'Content-Type': 'application/json' },
      body: JSON.stringify({ a: 1 }),
    });
    const refused = await fetch('https://api.example.com/nothing');
    const seen: string[] = [];
    posted.headers.forEach((_value: string, name: string) => seen.push(name));
    return {
      ok: [posted.ok, posted.status, refused.ok, refused.status],
      header: posted.headers.get('X-REQUEST-ID'),
      names: seen.includes('x-request-id'),
      json: await posted.json(),
      text: await refused.text(),
    };
  },
});
