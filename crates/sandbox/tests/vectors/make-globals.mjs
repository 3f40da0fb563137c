// Writes globals.json: expressions over the web globals and what this Node makes of them.
// Usage: TZ=UTC node make-globals.mjs
import { readFileSync, writeFileSync } from 'node:fs';

const show = (0, eval)(readFileSync(new URL('show.js', import.meta.url), 'utf8'));
const list = readFileSync(new URL('globals.txt', import.meta.url), 'utf8');
const vectors = [];
for (const js of list.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('//'))) {
  let is;
  try {
    is = JSON.parse(show(await (0, eval)(`(async () => (${js}))()`)));
  } catch (error) {
    is = { throws: error instanceof Error ? error.name : 'not an error' };
  }
  vectors.push({ js, is });
}
writeFileSync(new URL('globals.json', import.meta.url), `[\n${vectors.map((v) => JSON.stringify(v)).join(',\n')}\n]\n`);
console.log(`${vectors.length} vectors`);
