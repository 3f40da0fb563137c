/** Tokens of a connection. */
export interface MockTokens {
  accessToken: string;
  refreshToken: string;
  /** Epoch milliseconds. */
  expiresAt: number;
  scopes: string[];
}

/** Tokens that are valid for an hour. */
export function createMockTokens(more: Partial<MockTokens> = {}): MockTokens {
  return { accessToken: 'mock-access-token', refreshToken: 'mock-refresh-token', expiresAt: Date.now() + 3_600_000, scopes: [], ...more };
}

/** Tokens that expired an hour ago. */
export function createExpiredTokens(more: Partial<MockTokens> = {}): MockTokens {
  return createMockTokens({ expiresAt: Date.now() - 3_600_000, ...more });
}

/** Connections in memory. */
export class MockOAuthManager {
  readonly #tokens = new Map<string, MockTokens>();

  setTokens(service: string, tokens: MockTokens = createMockTokens()): void {
    this.#tokens.set(service, tokens);
  }

  async getTokens(service: string): Promise<MockTokens | null> {
    return this.#tokens.get(service) ?? null;
  }

  async isConnected(service: string): Promise<boolean> {
    return this.#tokens.has(service);
  }

  /** Replaces the tokens by fresh ones. */
  async refreshTokens(service: string): Promise<MockTokens> {
    const known = this.#tokens.get(service);
    if (!known) {
      throw Object.assign(new Error(`${service} is not connected`), { code: 'auth_missing' });
    }
    const fresh = createMockTokens({ ...known, accessToken: `${known.accessToken}-refreshed`, expiresAt: Date.now() + 3_600_000 });
    this.#tokens.set(service, fresh);
    return fresh;
  }

  async disconnect(service: string): Promise<void> {
    this.#tokens.delete(service);
  }
}
