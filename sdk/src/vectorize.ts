export { createVectorClient } from './unsupported.js';
