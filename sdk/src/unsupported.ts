/** Thrown by what other platforms bind and this one does not. */
export class UnsupportedInSandboxError extends Error {
  override readonly name = 'UnsupportedInSandboxError';
  readonly code = 'unsupported_in_sandbox';

  constructor(what: string, instead: string) {
    super(`${what} is not available in a workflow: ${instead}`);
  }
}

const unsupported =
  (what: string, instead: string) =>
  (..._: unknown[]): never => {
    throw new UnsupportedInSandboxError(what, instead);
  };

const STORE = 'use storage from the context.';
const CACHE = 'use createCache(env.KV).';
const PLATFORM = 'it is part of the platform, not of workflows.';

export const createObjectStorage = unsupported('createObjectStorage', STORE);
export const createEdgeCache = unsupported('createEdgeCache', CACHE);
export const createVectorClient = unsupported('createVectorClient', 'call your vector database with fetch.');
export const createAnalytics = unsupported('createAnalytics', 'write to log; runs are measured by the platform.');
export const encryptSecret = unsupported('encryptSecret', 'declare a secret input; it is encrypted at rest.');
export const decryptSecret = unsupported('decryptSecret', 'declare a secret input; it is encrypted at rest.');

/** Object storage of another platform. */
export class R2Storage {
  constructor(..._: unknown[]) {
    throw new UnsupportedInSandboxError('R2Storage', STORE);
  }
}

/** Templates of the platform. */
export class TemplateRegistry {
  constructor(..._: unknown[]) {
    throw new UnsupportedInSandboxError('TemplateRegistry', PLATFORM);
  }
}

/** Discovery of the platform. */
export class DiscoveryService {
  constructor(..._: unknown[]) {
    throw new UnsupportedInSandboxError('DiscoveryService', PLATFORM);
  }
}

/** Registry of the platform. */
export class WorkflowRegistry {
  constructor(..._: unknown[]) {
    throw new UnsupportedInSandboxError('WorkflowRegistry', PLATFORM);
  }
}

/** SQL helpers of another platform. */
export const D1 = {
  query: unsupported('D1.query', STORE),
  execute: unsupported('D1.execute', STORE),
  batch: unsupported('D1.batch', STORE),
  first: unsupported('D1.first', STORE),
};

/** Service-level queries of another platform. */
export const SLI_QUERIES: Readonly<Record<string, string>> = Object.freeze({});
