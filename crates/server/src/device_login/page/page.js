// Signs in, shows who asks, and sends the decision. The access token stays in this page's memory.
"use strict";

const at = (id) => document.getElementById(id);
const parts = ["code-form", "sign-in-form", "decide", "done"];
let token = null;
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

at("sign-in-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  say("");
  try {
    const answer = await call("POST", "/api/v1/auth/login", { email: at("email").value, password: at("password").value });
    at("password").value = "";
    if (!answer.access_token) {
      say("This account asks for a second factor, which this page cannot take. Sign in elsewhere on this server first, then open this page again.");
      return;
    }
    token = answer.access_token;
    look();
  } catch (error) {
    say(error.message);
  }
});

at("allow").addEventListener("click", () => decide(true));
at("refuse").addEventListener("click", () => decide(false));
look();
