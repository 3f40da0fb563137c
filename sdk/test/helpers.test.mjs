import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as sdk from '../dist/index.js';

test('lists', () => {
  const people = [{ n: 'b', a: 2 }, { n: 'a', a: 2 }, { n: 'c' }, { n: 'd', a: 1 }];
  assert.deepEqual(sdk.sortBy(people, 'a').map((p) => p.n), ['d', 'b', 'a', 'c']);
  assert.deepEqual(sdk.sortBy(people, 'n', 'desc').map((p) => p.n), ['d', 'c', 'b', 'a']);
  assert.deepEqual(Object.keys(sdk.groupBy(people, (p) => p.a ?? 'none')), ['1', '2', 'none']);
  assert.deepEqual([sdk.unique([1, 1, 2]), sdk.chunk([1, 2, 3], 2), sdk.flatten([1, [2]]), sdk.find([1, 2], (n) => n > 1)], [[1, 2], [[1, 2], [3]], [1, 2], 2]);
  assert.throws(() => sdk.chunk([1], 0), RangeError);
  for (const [name, fn] of Object.entries(sdk.transform)) assert.equal(sdk[name], fn, name);
});

test('texts', () => {
  assert.deepEqual([sdk.slugify('  Grüße aus Köln! '), sdk.truncate('abcdefgh', 6), sdk.truncate('abc', 3), sdk.capitalize('hello'), sdk.titleCase('hello wide WORLD')], ['grusse-aus-koln', 'abc...', 'abc', 'Hello', 'Hello Wide World']);
  assert.equal(sdk.template('{{name}} owes {{ amount }}{{nothing}}', { name: 'Ann', amount: 5 }), 'Ann owes 5');
  assert.deepEqual([sdk.parseJSON('{"a":1}'), sdk.parseJSON('{', 'no'), sdk.parseJSON('{')], [{ a: 1 }, 'no', undefined]);
  assert.equal(sdk.toCamelCase('some_field-name'), 'someFieldName');
});

test('tables survive a round trip', () => {
  const rows = [{ a: 'x, "y"', b: 'line\nbreak' }, { a: '', b: '2' }];
  assert.deepEqual(sdk.parseCSV(sdk.toCSV(rows)), rows);
  assert.deepEqual(sdk.parseCSV('1;2\r\n3;4', { delimiter: ';', headers: false }), [['1', '2'], ['3', '4']]);
});

test('dates and durations', () => {
  const at = '2024-01-05T09:03:07.000Z';
  assert.deepEqual([sdk.formatDateYMD(at), sdk.formatDateISO(at), sdk.formatDateUnix(at)], ['2024-01-05', at, 1704445387]);
  assert.equal(sdk.formatDate(at, 'YY/M/D'), '24/1/5');
  assert.deepEqual(['30m', '2h', '7d', '2w', 'soon'].map(sdk.parseDurationMs), [1_800_000, 7_200_000, 604_800_000, 1_209_600_000, undefined]);
  assert.ok(Math.abs(sdk.parseSinceToUnixSeconds('1h') - (Date.now() / 1_000 - 3_600)) < 2);
  assert.equal(sdk.parseSinceToDate(at).toISOString(), at);
  assert.ok(sdk.getRelativeDate('1d', 'future') > new Date() && sdk.getRelativeDate('1d') < new Date());
  assert.ok(sdk.createDateRange('1d').end - sdk.createDateRange('1d').start >= 86_399_000);
  assert.deepEqual([sdk.isValidDuration('3d'), sdk.isValidDuration('x'), sdk.isValidDate(at), sdk.isValidDate('x')], [true, false, true, false]);
  assert.equal(sdk.relativeTime(Date.now() - 3 * 60_000), '3 minutes ago');
});

test('configurations', () => {
  const config = { slack: { resourceId: 'C1' }, a: { b: 0 } };
  assert.deepEqual([sdk.getByPath(config, 'a.b'), sdk.getByPath(config, 'x.y'), sdk.getConfigValue(config, 'x.y', 'a.b'), sdk.extractResourceId(config, 'slack')], [0, undefined, 0, 'C1']);
  assert.deepEqual(sdk.parseConfig(config, { channel: ['channel', 'slack.resourceId'] }), { channel: 'C1' });
  assert.deepEqual(sdk.mergeConfigs({ a: { b: 1, c: 2 } }, { a: { c: 3 }, d: undefined }), { a: { b: 1, c: 3 } });
  assert.deepEqual(new sdk.ConfigBuilder().set('x.y', 1).defaults({ x: { y: 9, z: 2 } }).build(), { x: { y: 1, z: 2 } });
});

test('answers of providers', () => {
  assert.deepEqual(sdk.extractPaginationMetadata({ has_more: true, next_cursor: 'c', total: 9 }), { hasMore: true, cursor: 'c', total: 9 });
  assert.deepEqual(sdk.extractRateLimitInfo(new Headers({ 'x-ratelimit-remaining': '3', 'x-ratelimit-reset': '9', 'x-ratelimit-limit': '10' })), { remaining: 3, reset: 9, limit: 10 });
  assert.deepEqual(sdk.buildStandardList([1]), { type: 'list', items: [1], metadata: {} });
  assert.deepEqual([sdk.buildSuccessResponse(1), sdk.buildErrorResponse(new Error('x'), 'c')], [{ success: true, data: 1 }, { success: false, error: 'x', code: 'c' }]);
  assert.equal(sdk.safeGet(() => null.x, 'fallback'), 'fallback');
});

test('ids and playlists', () => {
  assert.match(sdk.generateId('wf'), /^wf_[0-9a-z]+_[0-9a-z]{6}$/);
  assert.deepEqual(['PLabc', 'https://v.example/watch?v=1&list=RD9', 'nothing'].map(sdk.extractPlaylistId), ['PLabc', 'RD9', null]);
});

test('versions', () => {
  assert.deepEqual(['v1', '1.2', '1.2.3', 'x'].map(sdk.normalizeVersion), ['1.0.0', '1.2.0', '1.2.3', null]);
  assert.deepEqual([sdk.compareVersions('1.10.0', '1.9.9'), sdk.isNewerVersion('2.0.0', '1.9.9'), sdk.isOlderVersion('1.0.0', '1.0.1'), sdk.isSameVersion('1.0', '1.0.0')], [1, true, true, true]);
  assert.deepEqual([sdk.bumpVersion('1.2.3', 'minor'), sdk.getNextVersion('1.2.3', true, false), sdk.getNextVersion('1.2.3', false, false)], ['1.3.0', '2.0.0', '1.2.4']);
  assert.deepEqual([sdk.formatVersionDisplay(3), sdk.formatVersionFull(3, '1.2.0')], ['v3', 'v3 (1.2.0)']);
  const changes = sdk.detectBreakingChanges({ inputs: { a: { type: 'text' } } }, { inputs: { a: { type: 'number' }, b: { type: 'text' } } });
  assert.deepEqual(changes.map(sdk.isBreakingChange), [true, false]);
  assert.deepEqual([sdk.getMigrationHints(changes).length, sdk.formatChangesForDisplay(changes)[0].startsWith('BREAKING'), sdk.createBreakingChangeSummary(changes).breakingCount], [1, true, 1]);
});

test('payloads of providers', () => {
  const form = {
    answers: [
      { field: { ref: 'name', id: '1' }, type: 'text', text: 'Ann' },
      { field: { id: '2' }, type: 'choice', choice: { other: 'Mine' } },
      { field: { ref: 'c' }, type: 'choices', choices: { labels: ['a', 'b'] } },
      { field: { ref: 'p' }, type: 'payment', payment: { amount: '5' } },
    ],
    hidden: { utm: 'q' },
    calculated: { score: 7 },
  };
  assert.deepEqual(sdk.Typeform.extractAnswers(form), { name: 'Ann', 2: 'Mine', c: ['a', 'b'], p: { amount: '5' }, hidden_utm: 'q', _score: 7 });
  const meeting = sdk.Calendly.extractMeetingDetails({ event: 'invitee.canceled', payload: { name: 'Bo', cancellation: { reason: 'ill' }, questions_and_answers: [{ question: 'Q', answer: 'A' }] } });
  assert.deepEqual([meeting.inviteeName, meeting.inviteeEmail, meeting.joinUrl, meeting.isCanceled, meeting.cancellationReason, meeting.questionsAndAnswers], ['Bo', '', null, true, 'ill', { Q: 'A' }]);
  const shot = sdk.Dribbble.extractShotDetails({ id: 1, title: 't', images: { normal: 'n', teaser: 's', hidpi: 'h' }, width: 4, height: 3, published_at: '2024-01-01T00:00:00Z', html_url: 'u', video: { url: 'v' } });
  assert.deepEqual([shot.imageUrl, shot.thumbnailUrl, shot.hdImageUrl, shot.publishedAt instanceof Date, shot.hasVideo, shot.videoUrl], ['n', 's', 'h', true, true, 'v']);
});
