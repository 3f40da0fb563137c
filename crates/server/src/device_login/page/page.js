// Signs in, shows who asks, and sends the decision. The access token stays in this page's memory.
"use strict";

const at = (id) => document.getElementById(id);
const parts = ["code-form", "sign-in-form", "factor-form", "decide", "done"];
const hasPasskeys = Boolean(window.PublicKeyCredential && navigator.credentials);
let token = null;
// Between the password and the second factor.
let step = null;
let code = (new URLSearchParams(location.search).get("user_code") || "").trim().toUpperCase();

function show(id) {
  for (const part of parts) at(part).hidden = part !== id;
  for (const place of document.querySelectorAll(".shown-code")) place.textContent = code;
  const first = at(id).querySelector("input, button");
  if (first) first.focus();
}

function say(text) {
  at("message").textContent = text || "";
  at("message").hidden = !text;
}

async function call(method, path, body, headers) {
  const all = { accept: "application/json", ...headers };
  if (body) all["content-type"] = "application/json";
  if (token) all.authorization = `Bearer ${token}`;
  const answer = await fetch(path, { method, headers: all, body: body && JSON.stringify(body), credentials: "same-origin" });
  const read = answer.status === 204 ? {} : await answer.json().catch(() => ({}));
  if (!answer.ok) throw Object.assign(new Error(read.detail || `The server answered ${answer.status}.`), { code: read.code });
  return read;
}

// Who is signed in in this browser already need not type a password again.
async function renew() {
  const word = document.cookie.split("; ").map((pair) => pair.split("=")).find(([name]) => name.replace("__Host-", "") === "millrace_csrf");
  if (!word) return false;
  try {
    token = (await call("POST", "/api/v1/auth/refresh", null, { "x-csrf-token": word[1] })).access_token;
    return true;
  } catch {
    return false;
  }
}

// Binary values travel as base64url; browsers want bytes.
const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

// Lets the device answer a question of the server.
async function ask(question) {
  const asked = question.options.publicKey;
  const publicKey = { ...asked, challenge: bytes(asked.challenge), allowCredentials: asked.allowCredentials.map((one) => ({ ...one, id: bytes(one.id) })) };
  const found = await navigator.credentials.get({ publicKey });
  const { authenticatorData, clientDataJSON, signature, userHandle } = found.response;
  const response = { authenticatorData: text(authenticatorData), clientDataJSON: text(clientDataJSON), signature: text(signature), userHandle: userHandle && text(userHandle) };
  return { token: question.token, credential: { id: found.id, rawId: text(found.rawId), type: found.type, response, clientExtensionResults: {} } };
}

// Whoever closes the device's dialog has changed their mind; that needs no message.
async function attempt(work) {
  say("");
  try {
    await work();
  } catch (error) {
    if (error.name !== "NotAllowedError" && error.name !== "AbortError") say(error.message);
    if (error.code === "SECOND_FACTOR_TOKEN_INVALID") show("sign-in-form");
  }
}

function signedIn(answer) {
  at("password").value = "";
  at("factor").value = "";
  if (answer.access_token) {
    token = answer.access_token;
    return look();
  }
  step = answer.token;
  at("factor-passkey").hidden = !(hasPasskeys && answer.methods.includes("passkey"));
  show("factor-form");
}

async function look() {
  if (!code) return show("code-form");
  if (!token && !(await renew())) return show("sign-in-form");
  try {
    const me = await call("GET", "/api/v1/users/me");
    const asks = await call("GET", `/api/v1/auth/device/approve?user_code=${encodeURIComponent(code)}`);
    code = asks.user_code;
    at("client").textContent = asks.client_name;
    at("me").textContent = me.email;
    at("ip").textContent = asks.ip || "unknown";
    at("agent").textContent = asks.user_agent || "unknown";
    show("decide");
  } catch (error) {
    say(error.message);
    show(error.code === "USER_CODE_UNKNOWN" ? "code-form" : "sign-in-form");
  }
}

async function decide(approve) {
  say("");
  for (const button of at("decide").querySelectorAll("button")) button.disabled = true;
  try {
    await call("POST", "/api/v1/auth/device/approve", { user_code: code, approve });
    at("done").textContent = approve ? "Allowed. Go back to the device; you can close this page." : "Refused. Nobody was signed in.";
    show("done");
  } catch (error) {
    say(error.message);
    for (const button of at("decide").querySelectorAll("button")) button.disabled = false;
  }
}

at("code-form").addEventListener("submit", (event) => {
  event.preventDefault();
  say("");
  code = at("code").value.trim().toUpperCase();
  look();
});

at("sign-in-form").addEventListener("submit", (event) => {
  event.preventDefault();
  attempt(async () => signedIn(await call("POST", "/api/v1/auth/login", { email: at("email").value, password: at("password").value })));
});

at("factor-form").addEventListener("submit", (event) => {
  event.preventDefault();
  attempt(async () => signedIn(await call("POST", "/api/v1/auth/second-factor", { token: step, code: at("factor").value })));
});

at("factor-passkey").addEventListener("click", () => attempt(async () => {
  const passkey = await ask(await call("POST", "/api/v1/auth/second-factor/passkey", { token: step }));
  return signedIn(await call("POST", "/api/v1/auth/second-factor", { token: step, passkey }));
}));

at("passkey").addEventListener("click", () => attempt(async () => {
  const answer = await ask(await call("POST", "/api/v1/auth/passkey"));
  return signedIn(await call("POST", "/api/v1/auth/passkey/finish", answer));
}));

at("passkey").hidden = !hasPasskeys;
at("allow").addEventListener("click", () => decide(true));
at("refuse").addEventListener("click", () => decide(false));
look();
