import type { Answer, Files, Question, Questions, Request } from './protocol';

/** The part of a worker that this needs; tests bring their own. */
export interface Port {
  postMessage(message: Request): void;
  addEventListener(type: 'message', listener: (event: { data: Answer }) => void): void;
  terminate(): void;
}

interface Open {
  resolve: (answer: unknown) => void;
  reject: (error: Error) => void;
}

/** A question that nobody waits for any more. */
export const canceled = () => new DOMException('canceled', 'AbortError');

/** The page's end of the language service. Questions can be cancelled; answers that come too late are dropped. */
export class Language {
  private readonly open = new Map<number, Open>();
  private told: Files = {};
  private count = 0;

  constructor(private readonly port: Port) {
    port.addEventListener('message', ({ data }) => {
      const open = this.open.get(data.id);
      this.open.delete(data.id);
      if ('failed' in data) open?.reject(new Error(data.failed));
      else open?.resolve(data.answer);
    });
  }

  /** All the files there are now; only what changed is sent. */
  tell(files: Files) {
    const news: Record<string, string | null> = {};
    for (const [path, text] of Object.entries(files)) if (this.told[path] !== text) news[path] = text;
    for (const path of Object.keys(this.told)) if (files[path] === undefined) news[path] = null;
    this.told = files;
    if (Object.keys(news).length > 0) this.port.postMessage({ tell: news });
  }

  /** One file, as it is being written. */
  edit(path: string, text: string) {
    this.tell({ ...this.told, [path]: text });
  }

  ask<Q extends Question>(question: Q, ask: Questions[Q]['ask'], signal?: AbortSignal): Promise<Questions[Q]['answer']> {
    if (signal?.aborted) return Promise.reject(canceled());
    const id = (this.count += 1);
    return new Promise((resolve, reject) => {
      this.open.set(id, { resolve: resolve as (answer: unknown) => void, reject });
      signal?.addEventListener('abort', () => {
        if (!this.open.delete(id)) return;
        this.port.postMessage({ cancel: id });
        reject(canceled());
      });
      this.port.postMessage({ id, question, ask } as Request);
    });
  }

  close() {
    this.port.terminate();
    this.fail(canceled());
  }

  /** Nothing that is open will be answered. */
  fail(error: Error) {
    for (const each of this.open.values()) each.reject(error);
    this.open.clear();
  }
}

/** A service that was started before anybody needs it. */
let spare: Language | undefined;

/** Loads and warms a service up: what takes a second or two is done by the time that somebody writes. Answers how to give it up. */
export function prepareLanguage(): () => void {
  spare ??= begin();
  const prepared = spare;
  return () => {
    // The next page may be the one that takes it.
    setTimeout(() => {
      if (spare !== prepared) return;
      prepared.close();
      spare = undefined;
    }, PATIENCE);
  };
}

/** How long a service waits to be taken, in milliseconds. */
const PATIENCE = 5_000;

/** A language service of one's own; close it when the page goes. */
export function startLanguage(): Language {
  const taken = spare ?? begin();
  spare = undefined;
  return taken;
}

function begin(): Language {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'workflow types' });
  const language = new Language(worker);
  worker.addEventListener('error', (event) => language.fail(new Error(event.message || 'the worker did not start')));
  return language;
}
