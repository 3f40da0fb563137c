/**
 * A body to try a webhook with. What a real delivery of this installation looked like is the best sample; without one, the
 * shape that the service's documentation describes, and for addresses of no known service a plain event.
 */
export function sampleBody(service: string | null | undefined, event: string | undefined, last: unknown, now: Date): Record<string, unknown> {
  const delivered = deliveredData(last, service, event);
  if (delivered) return delivered;
  const at = now.toISOString();
  const make = service ? shapes[service.toLowerCase().replaceAll('_', '-')] : undefined;
  if (make) return make(event, at);
  return { ...(event && { event }), id: 'test-1', created_at: at, data: { name: 'Test' } };
}

/** The body of a run's trigger, if it came from the same service with the same event. */
function deliveredData(input: unknown, service: string | null | undefined, event: string | undefined): Record<string, unknown> | undefined {
  const trigger = member(input, 'trigger') ?? input;
  if (!isObject(trigger) || !isObject(trigger.data) || Object.keys(trigger.data).length === 0) return undefined;
  const from = typeof trigger.service === 'string' ? trigger.service : undefined;
  const what = typeof trigger.event === 'string' ? trigger.event : undefined;
  if ((service ?? undefined) !== from) return undefined;
  if (event !== undefined && what !== undefined && event !== what) return undefined;
  return trigger.data;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function member(value: unknown, name: string): unknown {
  return isObject(value) ? value[name] : undefined;
}

type Shape = (event: string | undefined, at: string) => Record<string, unknown>;

const shapes: Record<string, Shape> = {
  stripe: (event = 'charge.succeeded', at) => ({
    id: 'evt_test_1', object: 'event', type: event, created: Math.floor(Date.parse(at) / 1000), livemode: false,
    data: { object: { id: 'ch_test_1', object: 'charge', amount: 4200, currency: 'usd', customer: 'cus_test_1' } },
  }),
  github: (event) => ({
    ...(event === 'push' || event === undefined
      ? { ref: 'refs/heads/main', commits: [{ id: '0000000', message: 'Test commit', author: { name: 'Test' } }] }
      : { action: 'opened', issue: { number: 1, title: 'Test issue', state: 'open' } }),
    repository: { full_name: 'acme/example' }, sender: { login: 'test-user' },
  }),
  slack: (event = 'message', at) => ({
    type: 'event_callback', team_id: 'T0001', event_time: Math.floor(Date.parse(at) / 1000),
    event: { type: event, user: 'U0001', channel: 'C0001', text: 'Hello from a test', ts: `${Math.floor(Date.parse(at) / 1000)}.000100` },
  }),
  zoom: (event = 'recording.completed', at) => ({
    event, object: { id: 123456789, uuid: 'test-uuid', topic: 'Test meeting', host_email: 'host@example.com', start_time: at, duration: 30, recording_files: [] },
    id: 123456789, topic: 'Test meeting', host_email: 'host@example.com', start_time: at,
  }),
  linear: (event, at) => ({ action: 'create', type: event ?? 'Issue', createdAt: at, data: { id: 'test-1', title: 'Test issue', priority: 2, state: { name: 'Todo' } } }),
  calendly: (event = 'invitee.created', at) => ({ event, created_at: at, payload: { name: 'Test Person', email: 'test@example.com', scheduled_event: { name: 'Intro call', start_time: at } } }),
  typeform: (event = 'form_response', at) => ({ event_type: event, form_response: { form_id: 'test', submitted_at: at, answers: [{ type: 'text', text: 'Test answer', field: { ref: 'question_1' } }] } }),
  todoist: (event = 'item:added', at) => ({ event_name: event, user_id: '1', triggered_at: at, event_data: { id: '1', content: 'Test task', priority: 1 } }),
  sentry: (event, at) => ({ action: 'created', ...(event && { event }), data: { issue: { id: '1', title: 'Test error', level: 'error', firstSeen: at } } }),
  notion: (event = 'page.created', at) => ({ type: event, timestamp: at, entity: { id: '00000000-0000-0000-0000-000000000001', type: 'page' } }),
};

/** What a person typed as JSON; the message of the parser where it is none. An object is asked for. */
export function parseBody(text: string): { value: Record<string, unknown> } | { error: string | undefined } {
  if (text.trim() === '') return { value: {} };
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? { value } : { error: undefined };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

/** A command that delivers a body to an address of no known service, signed as the server asks. */
export function signedCommand(url: string, body: string): string {
  const quoted = `'${body.replaceAll("'", String.raw`'\''`)}'`;
  return [
    `BODY=${quoted}`,
    `SIGNATURE=$(printf %s "$BODY" | openssl dgst -sha256 -hmac "$SIGNING_SECRET" | sed 's/^.* //')`,
    `curl -X POST '${url}' -H 'Content-Type: application/json' -H "X-Webhook-Signature: sha256=$SIGNATURE" -d "$BODY"`,
  ].join('\n');
}
