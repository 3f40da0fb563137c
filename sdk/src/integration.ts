/** Results, errors and clients, for code that talks to services. */
export * from './result.js';
export * from './error-codes.js';
export * from './errors.js';
export * from './response.js';
export * from './client.js';
