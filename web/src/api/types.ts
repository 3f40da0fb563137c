import type { components } from './schema';

/** A body of the API by its name in the document: `Schema<'RunSummary'>`. */
export type Schema<Name extends keyof components['schemas']> = components['schemas'][Name];
