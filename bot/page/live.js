// The connection: requests with a time limit, a WebSocket that listens, and polling while there is none.

const REQUEST_LIMIT = 10000;
const POLL_EVERY = 4000;
const SILENCE_LIMIT = 45000; // the server pings every 20 s
const WAITS = [1000, 2000, 4000, 8000, 15000, 30000];

function pauseFor(tries) {
  const wait = WAITS[Math.min(tries, WAITS.length - 1)];
  return wait * (0.8 + Math.random() * 0.4); // spread, so that a restart is not met by everybody at once
}

function problem(kind, more) {
  return Object.assign(new Error(kind), { kind }, more);
}

/**
 * Sends one request and returns its JSON (null for 204).
 *
 * Throws an error whose `kind` says what to do: "offline" and "trouble" (try again), "stranger" (the session is
 * gone), "refused" (trying again will not help; `code` says why).
 */
export async function ask(method, path, body) {
  const options = { method, credentials: "same-origin", cache: "no-store", headers: { Accept: "application/json" } };
  if (body !== undefined) {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  const stop = typeof AbortController === "function" ? new AbortController() : null;
  if (stop) options.signal = stop.signal;
  const timer = setTimeout(() => stop && stop.abort(), REQUEST_LIMIT);
  try {
    const answer = await fetch(path, options);
    if (answer.status === 204) return null;
    if (answer.ok) return await answer.json();
    if (answer.status >= 500 || answer.status === 429 || answer.status === 408) {
      throw problem("trouble", { retryAfter: Number(answer.headers.get("Retry-After")) || 0 });
    }
    if (answer.status === 401) throw problem("stranger");
    const told = await answer.json().catch(() => ({}));
    throw problem("refused", { status: answer.status, code: (told.error || {}).code || "" });
  } catch (error) {
    if (error.kind) throw error;
    throw problem("offline"); // no network, a time-out, or an answer cut off in the middle
  } finally {
    clearTimeout(timer);
  }
}

/** Leaves for good: hands what is still to be sent to the browser and asks for the cookie to be removed. */
export function sayGoodbye(bodies) {
  const hand = (path, body) => {
    const data = new Blob([JSON.stringify(body)], { type: "application/json" });
    try {
      if (navigator.sendBeacon && navigator.sendBeacon(path, data)) return;
    } catch (error) {
      // an old browser allows no JSON beacon; the request below does the same
    }
    fetch(path, {
      method: "POST", credentials: "same-origin", keepalive: true,
      headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
    }).catch(() => null);
  };
  bodies.forEach((body) => hand("/api/messages", body));
  hand("/api/leave", {});
}

/** Keeps the page in step with its conversation. */
export class Live {
  constructor(hooks) {
    this.hooks = hooks; // view(view), messages(list), state(frame), typing(frame), reach(word), after(), language()
    this.socket = null;
    this.ready = false;
    this.tries = 0;
    this.heard = 0;
    this.waking = 0;
    this.asking = false;
    this.stopped = false;
  }

  start() {
    this.renew();
    setInterval(() => this.tick(), POLL_EVERY);
    window.addEventListener("online", () => this.poke());
    window.addEventListener("offline", () => this.hooks.reach("offline"));
    window.addEventListener("pageshow", (event) => event.persisted && this.poke());
    document.addEventListener("visibilitychange", () => document.hidden || this.poke());
  }

  stop() {
    this.stopped = true;
    clearTimeout(this.waking);
    if (this.socket) this.socket.close();
  }

  /** A request whose outcome also tells whether the server can be reached. */
  async ask(method, path, body) {
    try {
      const answer = await ask(method, path, body);
      this.reach("online");
      return answer;
    } catch (error) {
      this.reach(error.kind === "offline" || error.kind === "trouble" ? error.kind : "online");
      throw error;
    }
  }

  reach(word) {
    if (!this.stopped) this.hooks.reach(word);
  }

  /** Begins or takes up the session, as often as it takes, and then listens. */
  async renew() {
    if (this.asking || this.stopped) return;
    this.asking = true;
    clearTimeout(this.waking);
    try {
      const view = await this.ask("POST", "/api/session", { language: this.hooks.language() });
      this.asking = false;
      if (this.stopped) return;
      this.ready = true;
      this.tries = 0;
      this.hooks.view(view);
      await this.catchUp();
      this.listen();
    } catch (error) {
      this.asking = false;
      this.wake(() => this.renew());
    }
  }

  wake(action) {
    clearTimeout(this.waking);
    if (this.stopped) return;
    this.waking = setTimeout(action, pauseFor(this.tries));
    this.tries += 1;
  }

  /** Asks for what came after the messages we know. */
  async catchUp() {
    if (!this.ready || this.asking || this.stopped) return;
    this.asking = true;
    try {
      const view = await this.ask("GET", "/api/conversation?after=" + this.hooks.after());
      if (!this.stopped) this.hooks.view(view);
    } catch (error) {
      if (error.kind === "stranger") this.ready = false;
    }
    this.asking = false;
    if (!this.ready) this.renew();
  }

  /** Every four seconds: poll while there is no socket, and drop a socket that has gone silent. */
  tick() {
    if (this.stopped) return;
    const silence = Date.now() - this.heard;
    if (this.socket && silence > (this.open() ? SILENCE_LIMIT : REQUEST_LIMIT)) this.drop();
    if (!this.open()) this.catchUp();
  }

  open() {
    return this.socket !== null && this.socket.readyState === 1;
  }

  /** The network or the citizen is back: try everything at once instead of waiting. */
  poke() {
    if (this.stopped) return;
    this.tries = 0;
    if (!this.ready) {
      this.renew();
      return;
    }
    this.catchUp();
    if (!this.socket) this.listen();
  }

  listen() {
    if (this.socket || this.stopped || typeof WebSocket !== "function") return;
    clearTimeout(this.waking);
    const address = location.origin.replace(/^http/, "ws") + "/api/live?after=" + this.hooks.after();
    let socket;
    try {
      socket = new WebSocket(address);
    } catch (error) {
      return; // forbidden here: polling goes on
    }
    this.socket = socket;
    this.heard = Date.now();
    socket.onopen = () => {
      this.tries = 0;
      this.reach("online");
      this.catchUp();
    };
    socket.onmessage = (event) => {
      this.heard = Date.now();
      if (!this.stopped) this.take(JSON.parse(event.data));
    };
    socket.onclose = () => {
      if (this.socket === socket) this.drop();
    };
  }

  /** Gives a socket up and tries another one later; the close of a dead network may take minutes to be told. */
  drop() {
    const socket = this.socket;
    this.socket = null;
    socket.close();
    this.catchUp(); // tells at once whether the server or only the socket is gone
    this.wake(() => this.listen());
  }

  take(frame) {
    if (frame.type === "messages") this.hooks.messages(frame.messages);
    else if (frame.type === "state") this.hooks.state(frame);
    else if (frame.type === "typing") this.hooks.typing(frame);
  }
}
