/** The language service, away from the page: a check of a large workflow takes a while and must not stop anybody from typing. */
import type { Answer, Question, Request } from './protocol';
import { LanguageService } from './service';

type Asked = Extract<Request, { question: Question }>;

const service = new LanguageService();
service.warm();
const waiting: Asked[] = [];
let awake = false;
const post = (answer: Answer) => postMessage(answer);

addEventListener('message', ({ data }: MessageEvent<Request>) => {
  if ('tell' in data) return service.tell(data.tell);
  if ('cancel' in data) {
    const index = waiting.findIndex((each) => each.id === data.cancel);
    if (index >= 0) waiting.splice(index, 1);
    return;
  }
  waiting.push(data);
  if (!awake) soon();
});

/** One question at a time, and messages in between: what was cancelled meanwhile is never looked at. */
function soon() {
  awake = true;
  setTimeout(() => {
    // Whoever is typing waits for candidates; the list of remarks can follow.
    const index = waiting.findIndex((each) => each.question !== 'remarks');
    const [next] = waiting.splice(Math.max(index, 0), 1);
    if (next) work(next);
    if (waiting.length > 0) soon();
    else awake = false;
  });
}

function work(asked: Asked) {
  try {
    const answer = (service[asked.question] as (...ask: unknown[]) => unknown)(...asked.ask);
    post({ id: asked.id, answer });
  } catch (error) {
    post({ id: asked.id, failed: error instanceof Error ? error.message : String(error) });
  }
}
