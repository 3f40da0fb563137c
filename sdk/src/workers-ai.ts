import { AIModels } from './ai-models.js';
import { FluentAI } from './fluent-ai.js';
import { ActionResult } from './result.js';
import type { AIBinding, Env, KVNamespace } from './types/context.js';

export { AIModels, type AIModel } from './ai-models.js';
export { FluentAI } from './fluent-ai.js';

/** Options of {@link WorkersAI.generateText}. */
export interface GenerateTextOptions {
  prompt: string;
  model?: string;
  system?: string;
  temperature?: number;
  max_tokens?: number;
  /** Keeps the answer in `env.KV` for an hour, or for this many seconds. */
  cache?: boolean | number;
}

/** What {@link WorkersAI.generateText} delivers. */
export interface GeneratedText {
  response: string;
  text: string;
  usage?: { prompt_tokens?: number; completion_tokens?: number; total_tokens?: number };
}

/** Language models. Failures come back as results with code `ai_model_error`, never as exceptions. */
export class WorkersAI {
  readonly #ai: AIBinding | undefined;
  readonly #kv: KVNamespace | undefined;

  constructor(env: Env | AIBinding) {
    const isBinding = typeof (env as AIBinding | undefined)?.run === 'function';
    this.#ai = isBinding ? (env as AIBinding) : (env as Env | undefined)?.AI;
    this.#kv = isBinding ? undefined : (env as Env | undefined)?.KV;
  }

  async generateText(options: GenerateTextOptions): Promise<ActionResult<GeneratedText>> {
    const { prompt, system, cache, model = AIModels.LLAMA_3_8B, temperature = 0.7, max_tokens = 1024 } = options;
    const messages = [...(system ? [{ role: 'system', content: system }] : []), { role: 'user', content: prompt }];
    const key = cache && this.#kv ? `ai:${await digest(JSON.stringify([model, messages, temperature, max_tokens]))}` : undefined;
    const kept = key && (await this.#kv?.get<GeneratedText>(key, 'json'));
    if (kept) {
      return succeed('generateText', kept);
    }
    const result = await this.#run('generateText', model, { messages, temperature, max_tokens });
    if (!result.success) {
      return result;
    }
    const text = textOf(result.data);
    const data: GeneratedText = { response: text, text };
    if (result.data?.usage) {
      data.usage = result.data.usage;
    }
    if (key) {
      await this.#kv?.put(key, JSON.stringify(data), { expirationTtl: typeof cache === 'number' ? cache : 3_600 });
    }
    return succeed('generateText', data);
  }

  /** Text generation in one call: `completion('Summarise …')`. */
  completion(prompt: string, options: Omit<GenerateTextOptions, 'prompt'> = {}): Promise<ActionResult<GeneratedText>> {
    return this.generateText({ ...options, prompt });
  }

  /** One vector for each text, as `embeddings`. */
  async generateEmbeddings(options: { text: string | string[]; model?: string }): Promise<ActionResult<{ embeddings: number[][] }>> {
    const text = Array.isArray(options.text) ? options.text : [options.text];
    const result = await this.#run('generateEmbeddings', options.model ?? AIModels.BGE_BASE, { text });
    return result.success ? succeed('generateEmbeddings', { ...result.data, embeddings: result.data.data }) : result;
  }

  generateImage(options: { prompt: string; model?: string; [option: string]: unknown }): Promise<ActionResult> {
    const { model = AIModels.STABLE_DIFFUSION_XL, ...input } = options;
    return this.#run('generateImage', model, input);
  }

  classifyImage(options: { image: unknown; model?: string }): Promise<ActionResult> {
    return this.#run('classifyImage', options.model ?? AIModels.RESNET_50, { image: options.image });
  }

  transcribeAudio(options: { audio: unknown; model?: string; language?: string }): Promise<ActionResult> {
    const { model = AIModels.WHISPER, ...input } = options;
    return this.#run('transcribeAudio', model, input);
  }

  translateText(options: { text: string; source?: string; target: string; model?: string }): Promise<ActionResult> {
    const { model = AIModels.M2M100, text, source = 'en', target } = options;
    return this.#run('translateText', model, { text, source_lang: source, target_lang: target });
  }

  analyzeSentiment(options: { text: string; model?: string }): Promise<ActionResult> {
    return this.#run('analyzeSentiment', options.model ?? AIModels.DISTILBERT_SST2, { text: options.text });
  }

  /** Any model with any input. */
  runModel(model: string, input: Record<string, unknown>): Promise<ActionResult> {
    return this.#run('runModel', model, input);
  }

  /** The text as one piece: answers are journaled whole. */
  async *streamText(options: GenerateTextOptions): AsyncGenerator<string> {
    const result = await this.generateText(options);
    if (!result.success) {
      throw Object.assign(new Error(result.error?.message), { code: result.error?.code });
    }
    yield result.data.text;
  }

  /** Prompts one after the other; `{{previous}}` is the answer before. Stops at the first failure. */
  async chain(prompts: (string | GenerateTextOptions)[]): Promise<ActionResult<GeneratedText>> {
    let result: ActionResult<GeneratedText> = ActionResult.error('chain() needs at least one prompt', 'invalid_input');
    let previous = '';
    for (const step of prompts) {
      const options = typeof step === 'string' ? { prompt: step } : step;
      result = await this.generateText({ ...options, prompt: options.prompt.replaceAll('{{previous}}', previous) });
      if (!result.success) {
        return result;
      }
      previous = result.data.text;
    }
    return result;
  }

  /** A client for one purpose: `ai.for('synthesis', 'deep').synthesize(…)`. */
  for(intent: string, depth: 'quick' | 'standard' | 'deep' = 'standard'): FluentAI {
    return new FluentAI((options) => this.generateText(options), intent, depth);
  }

  async #run(action: string, model: string, input: Record<string, unknown>): Promise<ActionResult> {
    if (!this.#ai) {
      return ActionResult.error('No AI model is configured', 'ai_model_error', { integration: 'workers-ai', action });
    }
    try {
      return succeed(action, await this.#ai.run(model, input));
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return ActionResult.error(message, 'ai_model_error', { integration: 'workers-ai', action });
    }
  }
}

/** A client for the models of `env.AI`. */
export function createAIClient(env: Env | AIBinding): WorkersAI {
  return new WorkersAI(env);
}

function succeed<T>(action: string, data: T): ActionResult<T> {
  return ActionResult.success(data, { integration: 'workers-ai', action, schema: 'workers-ai.result.v1' });
}

/** The text of a model's answer, in whichever form the backend gives it. */
function textOf(answer: any): string {
  return typeof answer === 'string' ? answer : String(answer?.response ?? answer?.text ?? '');
}

async function digest(text: string): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
