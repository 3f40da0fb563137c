import { newId } from 'millrace:host';

/** Header that carries a trace from service to service. */
export const TRACE_ID_HEADER = 'X-Trace-ID';

/** A place in a trace. */
export interface TraceContext {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name?: string;
}

type HeadersLike = { get(name: string): string | null } | Record<string, string | undefined> | null | undefined;

/** The trace id that headers carry, else a new one. */
export function getTraceId(headers?: HeadersLike): string {
  return readTraceId(headers) ?? newId();
}

/** A copy of `headers` that carries the trace. */
export function propagateTrace(headers: Record<string, string>, trace: string | TraceContext): Record<string, string> {
  return { ...headers, ...createTraceHeaders(trace) };
}

/** Headers that carry a trace (a new one by default). */
export function createTraceHeaders(trace: string | TraceContext = newId()): Record<string, string> {
  return { [TRACE_ID_HEADER]: typeof trace === 'string' ? trace : trace.traceId };
}

/** A trace, or the part of one that headers carry. */
export function createTraceContext(headers?: HeadersLike, name?: string): TraceContext {
  return { traceId: getTraceId(headers), spanId: newId(), name };
}

/** A place below another one. */
export function createChildSpan(parent: TraceContext, name?: string): TraceContext {
  return { traceId: parent.traceId, spanId: newId(), parentSpanId: parent.spanId, name };
}

/** Writes lines of JSON that carry `context`. */
export function createLogger(context: Record<string, unknown> = {}): Record<'debug' | 'info' | 'warn' | 'error', (message: string, data?: Record<string, unknown>) => void> {
  const write = (level: 'debug' | 'info' | 'warn' | 'error') => (message: string, data?: Record<string, unknown>) => {
    console[level](JSON.stringify({ level, message, timestamp: new Date().toISOString(), ...context, ...data }));
  };
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
}

/** What `fn` returns and how many milliseconds it took. */
export async function timed<T>(fn: () => T | Promise<T>): Promise<{ result: T; durationMs: number }> {
  const timer = createTimer();
  const result = await fn();
  return { result, durationMs: timer.elapsed() };
}

/** A stop-watch in milliseconds of the run's clock, which advances with each answer of the host. */
export function createTimer(): { elapsed(): number; reset(): void; stop(): number } {
  let started = Date.now();
  let stopped: number | undefined;
  return {
    elapsed: () => (stopped ?? Date.now()) - started,
    reset: () => {
      started = Date.now();
      stopped = undefined;
    },
    stop: () => {
      stopped ??= Date.now();
      return stopped - started;
    },
  };
}

function readTraceId(headers: HeadersLike): string | undefined {
  if (!headers) {
    return undefined;
  }
  if (typeof (headers as { get?: unknown }).get === 'function') {
    return (headers as { get(name: string): string | null }).get(TRACE_ID_HEADER) ?? undefined;
  }
  const pairs = Object.entries(headers as Record<string, string | undefined>);
  return pairs.find(([name]) => name.toLowerCase() === TRACE_ID_HEADER.toLowerCase())?.[1];
}
