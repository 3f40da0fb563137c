// A real OAuth 2 server for the tests: node oauth.mjs '{"clients": [{"id": "c", "secret": "s"}], "redirect": "http://127.0.0.1:9/api/oauth/gmail/callback", "ttl": 3600}'
//
// It speaks at the paths of Google's, so that the connector for Gmail meets it. Everybody who comes is signed in as who `login_hint`
// says (or `ada`), and consents. Refresh tokens rotate, and the whole grant ends when an old one is used again.
// `GET /asked` answers how many tokens were asked for, by `<client> <grant type>`, and given back, by `<client> revoke`; `GET /end` ends
// all grants. `redirects` are further addresses that clients may name, `scopes` further scopes.
import { createServer } from 'node:http';
import { Provider } from 'oidc-provider';

const options = JSON.parse(process.argv[2] ?? '{}');
const asked = {};
const server = createServer();
await new Promise((done) => server.listen(0, '127.0.0.1', done));
const issuer = `http://127.0.0.1:${server.address().port}`;
const GMAIL = ['https://www.googleapis.com/auth/gmail.readonly', 'https://www.googleapis.com/auth/gmail.send', 'https://www.googleapis.com/auth/gmail.modify', 'https://www.googleapis.com/auth/gmail.labels'];

function provide() {
  const provider = new Provider(issuer, {
    clients: options.clients.map(({ id, secret }) => ({
      client_id: id, client_secret: secret, redirect_uris: [options.redirect, ...(options.redirects ?? [])], grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'], token_endpoint_auth_method: 'client_secret_post',
    })),
    cookies: { keys: ['of the tests'] },
    scopes: ['openid', 'offline_access', ...GMAIL, ...(options.scopes ?? [])],
    claims: { openid: ['sub'] },
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false }, revocation: { enabled: true } },
    routes: { authorization: '/o/oauth2/v2/auth', token: '/token', revocation: '/revoke' },
    ttl: { AccessToken: options.ttl ?? 3600, AuthorizationCode: 60, RefreshToken: 86400, Grant: 86400, Session: 86400, Interaction: 600 },
    issueRefreshToken: async () => true,
    rotateRefreshToken: true,
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    async loadExistingGrant({ oidc }) {
      const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
      grant.addOIDCScope(oidc.params.scope);
      await grant.save();
      return grant;
    },
  });
  provider.on('server_error', (_, error) => console.error(error));
  return provider;
}

const provider = provide();
server.on('request', async (request, response) => {
  if (request.url === '/asked') return response.end(JSON.stringify(asked));
  if (request.url === '/end') {
    // A server that has forgotten everything has ended everything.
    provider.RefreshToken.find = async () => undefined;
    return response.end('{}');
  }
  if (['/token', '/revoke'].includes(request.url) && request.method === 'POST') {
    let body = '';
    for await (const chunk of request) body += chunk;
    const form = new URLSearchParams(body);
    const key = `${form.get('client_id')} ${form.get('grant_type') ?? 'revoke'}`;
    asked[key] = (asked[key] ?? 0) + 1;
    request.body = Object.fromEntries(form);
    // Crowds gather meanwhile.
    await new Promise((done) => setTimeout(done, 150));
    return provider.callback()(request, response);
  }
  if (!request.url.startsWith('/interaction/')) return provider.callback()(request, response);
  const { params, prompt } = await provider.interactionDetails(request, response);
  if (params.login_hint === 'refuses') return provider.interactionFinished(request, response, { error: 'access_denied', error_description: 'they said no' });
  const who = params.login_hint ?? 'ada';
  const result = prompt.name === 'login' ? { login: { accountId: who }, consent: {} } : { consent: {} };
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: true });
});
process.stdout.write(`${JSON.stringify({ issuer })}\n`);
// The test that started us has ended when our input does.
process.stdin.on('end', () => process.exit(0)).resume();
