import { ActionResult } from './result.js';

type Generate = (options: { prompt: string; system?: string; temperature?: number; max_tokens?: number }) => Promise<ActionResult<{ text: string }>>;

const DEPTH: Record<string, { max_tokens: number; temperature: number }> = {
  quick: { max_tokens: 512, temperature: 0.3 },
  standard: { max_tokens: 1024, temperature: 0.5 },
  deep: { max_tokens: 2048, temperature: 0.7 },
};

/** Prompts for common purposes. Made by `createAIClient(env).for(intent, depth)`. */
export class FluentAI {
  readonly #generate: Generate;
  readonly #intent: string;
  readonly #depth: string;

  constructor(generate: Generate, intent: string, depth: string) {
    this.#generate = generate;
    this.#intent = intent;
    this.#depth = depth;
  }

  /** Values that a text holds, as an object with the members of `schema`. */
  async extractStructured<T = any>(text: string, schema: Record<string, unknown>, options: { context?: string } = {}): Promise<ActionResult<T>> {
    const prompt = [
      'Extract the information described by this schema from the text. Answer with one JSON object and nothing else.',
      `Schema: ${JSON.stringify(schema)}`,
      options.context ? `Context: ${options.context}` : '',
      `Text:\n${text}`,
    ];
    const result = await this.#ask(prompt);
    if (!result.success) {
      return result as ActionResult<any>;
    }
    // Models like to talk around the object.
    const json = /\{[\s\S]*\}/.exec(result.data)?.[0];
    try {
      return ActionResult.success(JSON.parse(json ?? '') as T, { integration: 'workers-ai', action: 'extractStructured' });
    } catch {
      return ActionResult.error('The model did not answer with JSON', 'ai_model_error', { integration: 'workers-ai', action: 'extractStructured' });
    }
  }

  /** A summary, analysis or other rendering of contents. */
  synthesize(content: string | string[], options: { type: string; output?: string; context?: string }): Promise<ActionResult<string>> {
    const text = Array.isArray(content) ? content.join('\n\n') : content;
    return this.#ask([
      `Write a ${options.type} of the following.`,
      options.output ? `Form: ${options.output}` : '',
      options.context ? `Context: ${options.context}` : '',
      text,
    ]);
  }

  /** An answer to a message or situation. */
  respond(context: string, options: { tone: string; length?: string; format?: string }): Promise<ActionResult<string>> {
    return this.#ask([
      `Write a response. Tone: ${options.tone}.`,
      options.length ? `Length: ${options.length}.` : '',
      options.format ? `Format: ${options.format}.` : '',
      context,
    ]);
  }

  async #ask(parts: string[]): Promise<ActionResult<string>> {
    const options = DEPTH[this.#depth] ?? DEPTH.standard;
    const prompt = parts.filter(Boolean).join('\n\n');
    const result = await this.#generate({ ...options, prompt, system: `Purpose: ${this.#intent}.` });
    return result.success ? ActionResult.success(result.data.text, { integration: 'workers-ai', action: 'generateText' }) : (result as ActionResult<any>);
  }
}
