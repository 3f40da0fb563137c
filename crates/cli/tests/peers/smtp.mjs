// A real SMTP server for the tests: node smtp.mjs '{"tls": "starttls", "user": "u", "password": "p", "key": "PEM", "cert": "PEM"}'
//
// Prints one line of JSON with its port, then one for each mail that it took. What it does with a mail depends on whom it is
// for: `later@` is refused for now at the first attempt, `lost@` loses the connection in the middle of its first attempt,
// `never@` is refused for good. From the line `hold` on its input until the line `answer` it takes mails and does not say so.
import { SMTPServer } from 'smtp-server';
import PostalMime from 'postal-mime';

const options = JSON.parse(process.argv[2] ?? '{}');
const seen = new Map();
let holding = false;
const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
const refusal = (code, text) => Object.assign(new Error(text), { responseCode: code });

/** Whether this address is tried for the first time. */
function first(address) {
  const count = seen.get(address) ?? 0;
  seen.set(address, count + 1);
  return count === 0;
}

const server = new SMTPServer({
  secure: options.tls === 'tls',
  key: options.key,
  cert: options.cert,
  hideSTARTTLS: options.tls !== 'starttls',
  allowInsecureAuth: options.tls === 'none',
  authOptional: options.user === undefined,
  disabledCommands: options.user === undefined ? ['AUTH'] : [],
  onAuth({ username, password }, session, done) {
    if (username !== options.user || password !== options.password) return done(refusal(535, 'wrong password'));
    done(null, { user: username });
  },
  onRcptTo({ address }, session, done) {
    if (address.startsWith('never@')) return done(refusal(550, `no such mailbox: ${address}`));
    if (address.startsWith('later@') && first(address)) return done(refusal(451, 'try again later'));
    done();
  },
  onData(stream, session, done) {
    const [{ address }] = session.envelope.rcptTo;
    if (address.startsWith('lost@') && first(address)) {
      for (const connection of server.connections) if (connection.session === session) connection._socket.destroy();
      return;
    }
    const chunks = [];
    stream.on('data', (chunk) => chunks.push(chunk));
    stream.on('end', async () => {
      const raw = Buffer.concat(chunks);
      const mail = await PostalMime.parse(raw);
      const headers = Object.fromEntries(mail.headers.map(({ key, value }) => [key, value]));
      say({ envelope: { from: session.envelope.mailFrom.address, to: session.envelope.rcptTo.map((to) => to.address) }, secure: session.secure, user: session.user ?? null,
        from: mail.from, to: mail.to, subject: mail.subject, text: mail.text, html: mail.html, headers, raw: raw.toString('latin1') });
      if (!holding) done();
    });
  },
});
server.on('error', () => {});
server.listen(0, '127.0.0.1', () => say({ port: server.server.address().port }));
// The test that started us has ended when our input does.
process.stdin.on('end', () => process.exit(0)).on('data', (line) => {
  holding = String(line).trim() === 'hold';
  say({ holding });
});
