// A real OpenID provider for the tests: node oidc.mjs '{"client_id": "c", "client_secret": "s", "redirect": "http://127.0.0.1:1/api/", "userinfo": false}'
//
// Prints one line of JSON with its issuer. It signs in whomever `login_hint` describes (claims as base64url of JSON) without
// asking. A claim `lie` makes it hand out a token that a provider must not: the tests see that it is refused. A claim `asserts`
// holds what else it says in the token, such as how it asked.
// `GET /logout-token?sub=…&sid=…&lie=…` answers the token by which it would end sessions of the person.
import { createServer } from 'node:http';
import { SignJWT, UnsecuredJWT, calculateJwkThumbprint, decodeJwt, exportJWK, generateKeyPair, importJWK } from 'jose';
import { Provider } from 'oidc-provider';

const options = JSON.parse(process.argv[2] ?? '{}');
const accounts = new Map();
const sent = [];

async function key(alg) {
  const { privateKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = await exportJWK(privateKey);
  return { ...jwk, kid: await calculateJwkThumbprint(jwk), alg, use: 'sig' };
}

const own = await key('RS256');
const foreign = await key('RS256');

/** The token as somebody would want it who may not have it. */
async function told(token) {
  const claims = decodeJwt(token);
  const { lie, asserts } = accounts.get(claims.sub) ?? {};
  const sign = async (changed, jwk = own, header = {}) => new SignJWT({ ...claims, ...changed }).setProtectedHeader({ alg: 'RS256', kid: jwk.kid, ...header }).sign(await importJWK(jwk, 'RS256'));
  const now = Math.floor(Date.now() / 1000);
  if (asserts) return sign(asserts);
  switch (lie) {
    case undefined: return token;
    case 'none': return new UnsecuredJWT(claims).encode();
    case 'audience': return sign({ aud: 'somebody-else' });
    case 'party': return sign({ aud: [options.client_id, 'somebody-else'], azp: 'somebody-else' });
    case 'issuer': return sign({ iss: 'https://login.example' });
    case 'ended': return sign({ iat: now - 7200, exp: now - 3600 });
    case 'early': return sign({ iat: now + 3600, exp: now + 7200 });
    case 'key': return sign({}, foreign);
    case 'same-kid': return sign({}, foreign, { kid: own.kid });
    case 'embedded': {
      const { d, p, q, dp, dq, qi, ...jwk } = foreign;
      return sign({}, foreign, { jwk });
    }
    // The public key, which everybody knows, used as a shared secret.
    case 'confused': return new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: own.kid }).sign(Buffer.from(own.n, 'base64url'));
    case 'cut': return token.slice(0, -4);
    default: throw new Error(`an unknown lie: ${lie}`);
  }
}

/** What it sends to end sessions, or what somebody would send who may not. */
async function ending({ sub, sid, lie }) {
  sent.length = 0;
  const client = await provider.Client.find(options.client_id);
  await client.backchannelLogout(sub, sid);
  const [token] = sent;
  const claims = decodeJwt(token);
  const sign = async (changed, jwk = own) => new SignJWT({ ...claims, ...changed }).setProtectedHeader({ alg: 'RS256', kid: jwk.kid, typ: 'logout+jwt' }).sign(await importJWK(jwk, 'RS256'));
  const now = Math.floor(Date.now() / 1000);
  switch (lie) {
    case undefined: return token;
    case 'none': return new UnsecuredJWT(claims).encode();
    case 'key': return sign({}, foreign);
    case 'audience': return sign({ aud: 'somebody-else' });
    case 'issuer': return sign({ iss: 'https://login.example' });
    case 'ended': return sign({ iat: now - 7200, exp: now - 3600 });
    case 'early': return sign({ iat: now + 3600, exp: now + 7200 });
    // An ID token, which travels through browsers, is none.
    case 'nonce': return sign({ nonce: 'of a sign-in' });
    case 'event': return sign({ events: {} });
    case 'nobody': return sign({ sub: undefined, sid: undefined });
    // A person or a session that it does not name.
    case 'no-sid': return sign({ sid: undefined });
    case 'no-sub': return sign({ sub: undefined });
    default: throw new Error(`an unknown lie: ${lie}`);
  }
}

const server = createServer();
await new Promise((done) => server.listen(0, '127.0.0.1', done));
const issuer = `http://127.0.0.1:${server.address().port}`;
const provider = new Provider(issuer, {
  clients: [{ client_id: options.client_id, client_secret: options.client_secret, redirect_uris: [`${options.redirect}v1/auth/sso/default/callback`],
    backchannel_logout_uri: `${options.redirect}v1/auth/sso/default/backchannel-logout`, backchannel_logout_session_required: true }],
  jwks: { keys: [own] },
  cookies: { keys: ['of the tests'] },
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
  conformIdTokenClaims: options.userinfo === true,
  pkce: { required: () => true },
  features: { devInteractions: { enabled: false }, backchannelLogout: { enabled: true } },
  // What it would send is kept: the tests deliver it.
  async fetch(_, { body }) {
    sent.push(new URLSearchParams(body.toString()).get('logout_token'));
    return new Response(null, { status: 200 });
  },
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  findAccount: (_, id) => ({ accountId: id, claims: () => accounts.get(id) }),
  async loadExistingGrant({ oidc }) {
    const grant = new oidc.provider.Grant({ clientId: oidc.client.clientId, accountId: oidc.session.accountId });
    grant.addOIDCScope('openid email profile');
    await grant.save();
    return grant;
  },
});
// Workspaces come back to addresses with an id that is made later.
provider.Client.prototype.redirectUriAllowed = (uri) => uri.startsWith(options.redirect);
provider.use(async (context, next) => {
  await next();
  if (context.oidc?.route === 'token' && context.body?.id_token) context.body.id_token = await told(context.body.id_token);
});
provider.on('server_error', (_, error) => console.error(error));

const callback = provider.callback();
server.on('request', async (request, response) => {
  if (request.url.startsWith('/logout-token?')) return response.end(await ending(Object.fromEntries(new URL(request.url, issuer).searchParams)));
  if (!request.url.startsWith('/interaction/')) return callback(request, response);
  const { params } = await provider.interactionDetails(request, response);
  const claims = JSON.parse(Buffer.from(params.login_hint, 'base64url').toString());
  if (claims.refuses) return provider.interactionFinished(request, response, { error: 'access_denied' });
  accounts.set(claims.sub, claims);
  await provider.interactionFinished(request, response, { login: { accountId: claims.sub } });
});
process.stdout.write(`${JSON.stringify({ issuer })}\n`);
// The test that started us has ended when our input does.
process.stdin.on('end', () => process.exit(0)).resume();
