/** Names of models. The host maps any of them to the configured backend. */
export const AIModels = {
  LLAMA_3_8B: '@cf/meta/llama-3-8b-instruct',
  LLAMA_2_7B: '@cf/meta/llama-2-7b-chat-int8',
  LLAMA_2_7B_FP16: '@cf/meta/llama-2-7b-chat-fp16',
  MISTRAL_7B: '@cf/mistral/mistral-7b-instruct-v0.1',
  PHI_2: '@cf/microsoft/phi-2',
  QWEN_15_7B: '@cf/qwen/qwen1.5-7b-chat-awq',
  DEEPSEEK_CODER: '@cf/deepseek-ai/deepseek-coder-6.7b-instruct-awq',
  CODE_LLAMA: '@cf/meta/codellama-7b-instruct-awq',
  DEEPSEEK_MATH: '@cf/deepseek-ai/deepseek-math-7b-instruct',
  BGE_SMALL: '@cf/baai/bge-small-en-v1.5',
  BGE_BASE: '@cf/baai/bge-base-en-v1.5',
  BGE_LARGE: '@cf/baai/bge-large-en-v1.5',
  STABLE_DIFFUSION_XL: '@cf/stabilityai/stable-diffusion-xl-base-1.0',
  DREAMSHAPER: '@cf/lykon/dreamshaper-8-lcm',
  RESNET_50: '@cf/microsoft/resnet-50',
  WHISPER: '@cf/openai/whisper',
  WHISPER_TINY: '@cf/openai/whisper-tiny-en-v1',
  M2M100: '@cf/meta/m2m100-1.2b',
  DISTILBERT_SST2: '@cf/huggingface/distilbert-sst-2-int8',
} as const;

/** Name of a model. */
export type AIModel = (typeof AIModels)[keyof typeof AIModels];
