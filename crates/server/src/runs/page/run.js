// Shows one run: asks the API with the reader's own key, and again while the run is under way.
'use strict';
const id = location.pathname.split('/').pop();
const $ = (selector) => document.querySelector(selector);
const fragment = new URLSearchParams(location.hash.slice(1));
if (fragment.get('key')) {
  sessionStorage.setItem('millrace-key', fragment.get('key'));
  history.replaceState(null, '', location.pathname);
}
function el(tag, attributes, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) node.setAttribute(name, value);
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}
const json = (value) => JSON.stringify(value, null, 2);
const ms = (n) => (n < 10 ? n.toFixed(1) : Math.round(n).toLocaleString()) + ' ms';
const when = (text) => new Date(text).toLocaleString();
function bar(start, end, from, span) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 1000 10');
  svg.setAttribute('preserveAspectRatio', 'none');
  const rect = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
  rect.setAttribute('x', String(((start - from) / span) * 1000));
  rect.setAttribute('width', String(Math.max(6, ((end - start) / span) * 1000)));
  rect.setAttribute('height', '10');
  svg.append(rect);
  return el('span', { class: 'track', 'aria-hidden': 'true' }, svg);
}
function title(entry) {
  const a = entry.args || {};
  if (entry.kind === 'integration') return `${a.service}.${a.operation}`;
  if (entry.kind === 'fetch') return `${a.method || 'GET'} ${a.url || ''}`;
  return a.key ? `${entry.kind} ${a.key}` : entry.kind;
}
function call(entry, from, span) {
  const failed = !entry.ok || (entry.outcome && entry.outcome.success === false);
  const start = Date.parse(entry.started_at), end = Date.parse(entry.finished_at);
  const summary = el('summary', {}, el('span', { class: 'pos' }, String(entry.pos)), el('span', { class: 'kind' }, title(entry)),
    bar(start, end, from, span), el('span', { class: 'ms' }, (failed ? '✕ ' : '') + ms(entry.duration_ms)));
  return el('li', failed ? { class: 'failed-call' } : {}, el('details', {}, summary, el('pre', {}, json({ arguments: entry.args, outcome: entry.outcome }))));
}
function facts(pairs) {
  const list = el('dl');
  for (const [name, value] of pairs) if (value) list.append(el('dt', {}, name), el('dd', {}, value));
  return list;
}
function show(run) {
  document.title = `${run.status} · ${run.id}`;
  const badge = $('#status');
  badge.textContent = run.status;
  badge.className = `badge ${run.status}`;
  const from = Date.parse(run.created_at);
  const to = run.finished_at ? Date.parse(run.finished_at) : Date.now();
  const span = Math.max(1, to - from);
  const open = new Set([...document.querySelectorAll('details[open] .pos')].map((n) => n.textContent));
  const journal = el('ol', { class: 'journal' }, ...run.journal.map((entry) => call(entry, from, span)));
  for (const node of journal.querySelectorAll('details')) node.open = open.has(node.querySelector('.pos').textContent);
  const waits = run.waits.map((w) => el('li', {}, `${w.kind} ${w.key}${w.due_at ? ' until ' + when(w.due_at) : ''}`));
  const logs = run.logs.map((line) => el('div', { class: line.level }, el('time', {}, line.at.slice(11, 23)), ` ${line.level} ${line.message}${line.data ? ' ' + JSON.stringify(line.data) : ''}`));
  $('#run').replaceChildren(
    el('h1', {}, run.id),
    el('div', { class: 'card' }, facts([['Trigger', run.trigger], ['Installation', run.installation_id], ['Accepted', when(run.created_at)],
      ['Duration', run.duration_ms === null ? null : ms(run.duration_ms)], ['Attempt', run.attempt > 1 ? String(run.attempt) : null]])),
    ...(run.error ? [el('h2', {}, 'Error'), el('div', { class: 'card' }, el('pre', { class: 'problem' }, `${run.error.code}: ${run.error.message}\n${run.error.stack || ''}`))] : []),
    ...(waits.length ? [el('h2', {}, 'Waits for'), el('ul', { class: 'card' }, ...waits)] : []),
    el('h2', {}, 'Journal'), run.journal.length ? journal : el('p', { class: 'empty' }, 'No host calls yet.'),
    el('h2', {}, 'Log'), logs.length ? el('div', { class: 'card log' }, ...logs) : el('p', { class: 'empty' }, 'Nothing was logged.'),
    ...(run.output === null ? [] : [el('h2', {}, 'Output'), el('div', { class: 'card' }, el('pre', {}, json(run.output)))]),
    el('h2', {}, 'Input'), el('div', { class: 'card' }, el('pre', {}, json(run.input))));
  $('#run').hidden = false;
}
function problem(text) {
  $('#problem').textContent = text;
  $('#problem').hidden = false;
  $('#status').textContent = 'not shown';
}
async function load() {
  const key = sessionStorage.getItem('millrace-key');
  $('#key-form').hidden = Boolean(key);
  if (!key) { $('#status').textContent = 'sign in'; $('#key').focus(); return; }
  let answer;
  try {
    answer = await fetch(`/api/runs/${encodeURIComponent(id)}`, { headers: { Authorization: `Bearer ${key}` } });
  } catch { problem('The server does not answer. Is it running?'); setTimeout(load, 2000); return; }
  const body = await answer.json().catch(() => ({}));
  if (answer.status === 401) { sessionStorage.removeItem('millrace-key'); problem('This key is not known here. Paste another one.'); $('#key-form').hidden = false; return; }
  if (!answer.ok) { problem(`${body.code || answer.status}: ${body.detail || 'The run cannot be shown.'}`); return; }
  $('#problem').hidden = true;
  show(body);
  if (!body.finished_at) setTimeout(load, 1000);
}
$('#key-form').addEventListener('submit', (event) => {
  event.preventDefault();
  sessionStorage.setItem('millrace-key', $('#key').value.trim());
  load();
});
load();
