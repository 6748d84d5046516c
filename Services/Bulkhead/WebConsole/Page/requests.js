// Requests to the console's own server. The token comes from the part of the link after "#", which no browser sends; it
// stays in this tab.

const key = "bulkhead-token";
const shape = /^[A-Za-z0-9_-]{43}$/;

export class Refusal extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

export function takeToken() {
  const found = location.hash.slice(1);
  if (!shape.test(found)) return false;
  sessionStorage.setItem(key, found);
  history.replaceState(null, "", location.pathname);
  return true;
}

export const hasToken = () => sessionStorage.getItem(key) !== null;

async function send(path, options) {
  const headers = { Authorization: `Bearer ${sessionStorage.getItem(key)}` };
  if (options.body) headers["Content-Type"] = "application/json";
  let answer;
  try {
    answer = await fetch(path, { ...options, headers, credentials: "omit", redirect: "error" });
  } catch {
    throw new Refusal(0, "The console does not answer. Does bulkhead still run?");
  }
  const text = await answer.text();
  const content = text ? JSON.parse(text) : null;
  if (!answer.ok) throw new Refusal(answer.status, content?.detail ?? `The console answered ${answer.status}.`);
  return content;
}

export const get = (path) => send(path, {});
export const post = (path, body = {}) => send(path, { method: "POST", body: JSON.stringify(body) });

// Repeats work after a pause, while the page is visible: a hidden page asks nothing of an engine.
export async function repeat(milliseconds, work) {
  for (;;) {
    if (document.visibilityState === "visible") await work();
    await new Promise((resume) => setTimeout(resume, milliseconds));
  }
}
