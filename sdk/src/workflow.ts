/** Definitions and triggers. */
export * from './define.js';
export * from './trigger.js';
export type * from './types/context.js';
export type * from './types/definition.js';
export type * from './types/input.js';
export type * from './types/integrations.js';
export type * from './types/listing.js';
export type * from './types/trigger.js';
