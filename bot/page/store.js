// What the citizen has written and the server has not yet taken: kept on the device, sent in order, once.

const OUT = "xq.out.";
const DRAFT = "xq.draft";
const LANGUAGE = "xq.language";
const UNBOUND_LIFE = 3600 * 1000; // words written before any conversation exists wait this long for one
const WAITS = [1000, 2000, 4000, 8000, 15000];

/** A random version 4 UUID; crypto.randomUUID is missing on old browsers and on plain http. */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = Array.from(bytes, (byte) => (byte + 256).toString(16).slice(1)).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

function attempt(action) {
  try {
    return action();
  } catch (error) {
    return null; // storage may be full or forbidden: the page then lives in memory alone
  }
}

/** The draft and the language live as long as the tab; both are small comforts. */
export const tab = {
  draft: () => attempt(() => sessionStorage.getItem(DRAFT)) || "",
  keepDraft(text) {
    attempt(() => (text ? sessionStorage.setItem(DRAFT, text) : sessionStorage.removeItem(DRAFT)));
  },
  language: () => attempt(() => sessionStorage.getItem(LANGUAGE)),
  keepLanguage(language) {
    attempt(() => sessionStorage.setItem(LANGUAGE, language));
  },
};

/** Removes everything this page ever kept on the device. */
export function forgetAll() {
  [() => localStorage, () => sessionStorage].forEach((open) => {
    const box = attempt(open);
    if (!box) return;
    Object.keys(box)
      .filter((key) => key.indexOf("xq.") === 0)
      .forEach((key) => attempt(() => box.removeItem(key)));
  });
}

/**
 * The queue of outgoing messages. One storage key per message, so that two tabs never overwrite each other.
 *
 * An item: {client_id, order, conversation, body, state: "waiting"|"sending"|"refused", code}.
 * The server takes the same client_id any number of times and stores it once; that is why repeating is safe.
 */
export class Outbox {
  constructor(hooks) {
    this.hooks = hooks; // post(body) → answer, taken(item, position), changed(), stranger()
    this.items = [];
    this.conversation = null;
    this.busy = false;
    this.tries = 0;
    this.timer = 0;
    this.left = false;
    this.lastOrder = 0;
    const box = attempt(() => localStorage);
    Object.keys(box || {})
      .filter((key) => key.indexOf(OUT) === 0)
      .forEach((key) => {
        const item = attempt(() => JSON.parse(box.getItem(key)));
        if (item && item.client_id && item.body) this.items.push(item);
      });
    this.items.forEach((item) => {
      if (item.state === "sending") item.state = "waiting";
      this.lastOrder = Math.max(this.lastOrder, item.order);
    });
    this.items.sort((a, b) => a.order - b.order);
  }

  /** Queues one body (text, payload or location) and starts sending. */
  add(body) {
    this.lastOrder = Math.max(Date.now(), this.lastOrder + 1);
    const item = { client_id: newId(), order: this.lastOrder, conversation: this.conversation, body, state: "waiting" };
    this.items.push(item);
    this.keep(item);
    this.hooks.changed();
    this.pump();
    return item;
  }

  keep(item) {
    attempt(() => localStorage.setItem(OUT + item.client_id, JSON.stringify(item)));
  }

  /** Binds the queue to a conversation; words of somebody else's conversation on this device are dropped. */
  bind(conversation, sameVisit) {
    this.conversation = conversation;
    this.items.slice().forEach((item) => {
      const young = Date.now() - item.order < UNBOUND_LIFE;
      if (item.conversation === conversation) return;
      if (sameVisit || (item.conversation === null && young)) {
        item.conversation = conversation;
        this.keep(item);
      } else {
        this.remove(item.client_id);
      }
    });
    this.hooks.changed();
    this.pump();
  }

  /** Forgets a message: the server has it, or the citizen gave it up. */
  remove(clientId) {
    this.items = this.items.filter((item) => item.client_id !== clientId);
    attempt(() => localStorage.removeItem(OUT + clientId));
  }

  retry(clientId) {
    const item = this.items.find((one) => one.client_id === clientId);
    if (!item) return;
    item.state = "waiting";
    item.order = this.lastOrder = Math.max(Date.now(), this.lastOrder + 1);
    this.items.sort((a, b) => a.order - b.order);
    this.keep(item);
    this.hooks.changed();
    this.pump();
  }

  waiting() {
    return this.items.filter((item) => item.state !== "refused");
  }

  /** Tries again now instead of at the end of the pause; for the moment the network is back. */
  poke() {
    this.tries = 0;
    clearTimeout(this.timer);
    this.timer = 0;
    this.pump();
  }

  async pump() {
    if (this.busy || this.timer || !this.conversation) return;
    this.busy = true;
    let item;
    while (!this.left && (item = this.waiting()[0])) {
      item.state = "sending";
      this.hooks.changed();
      try {
        const answer = await this.hooks.post(Object.assign({ client_id: item.client_id }, item.body));
        this.tries = 0;
        this.remove(item.client_id);
        if (!this.left) this.hooks.taken(item, answer.position);
      } catch (problem) {
        if (this.left) break;
        if (problem.kind === "refused") {
          item.state = "refused";
          item.code = problem.code;
          this.keep(item);
        } else {
          item.state = "waiting";
          this.pause(problem);
          break;
        }
      }
    }
    this.busy = false;
    if (!this.left) this.hooks.changed();
  }

  pause(problem) {
    const wait = Math.max(WAITS[Math.min(this.tries, WAITS.length - 1)], (problem.retryAfter || 0) * 1000);
    this.tries += 1;
    this.timer = setTimeout(() => {
      this.timer = 0;
      this.pump();
    }, wait);
    if (problem.kind === "stranger") this.hooks.stranger();
  }

  /** The page is being left: nothing is kept; what was sent off but not acknowledged is handed to the browser. */
  leave() {
    this.left = true;
    clearTimeout(this.timer);
    const bodies = this.waiting().map((item) => Object.assign({ client_id: item.client_id }, item.body));
    this.items = [];
    return this.conversation ? bodies : [];
  }
}
