// What is seen of a conversation: the log, the choices, the card on top, the numbers.

const HOUR = 3600 * 1000;
const NEAR_END = 80;
const PARTS = ["time", "who", "bubble", "above", "exercise", "refusal", "choices"];
// A number to call inside a sentence: an emergency or service number, or one written with dashes.
const PHONES = /\d{3,4}-\d{3,4}-\d{3,4}|0\d{2,3}-\d{6,8}|\d{3,8}/g;
const SERVICES = ["110", "119", "120", "122", "12110", "12309", "12338", "12345", "12348", "12355", "12356", "999", "112"];
const UNITS = /^\s*(分|秒|次|个|元|块|天|下|米|%|％|min|sec|points|times)/;

export function make(tag, attributes, text) {
  const element = document.createElement(tag);
  Object.keys(attributes || {}).forEach((name) => {
    if (attributes[name] !== null) element.setAttribute(name, attributes[name]);
  });
  if (text !== undefined) element.textContent = text;
  return element;
}

/**
 * Loads a part that the first sight of the page does not need, and returns what it hands over.
 *
 * The part announces itself with an event: `import()` is unknown to some phones that know modules.
 */
export function late(name) {
  const known = late.parts[name];
  if (known) return known;
  if (!late.tries) document.head.appendChild(make("link", { rel: "stylesheet", href: "/static/page/late.css" }));
  late.tries += 1;
  const part = new Promise((resolve, reject) => {
    document.addEventListener("xq:" + name, (event) => resolve(event.detail), { once: true });
    const script = make("script", { type: "module", src: "/static/page/" + name + ".js?" + late.tries });
    script.addEventListener("error", () => {
      delete late.parts[name]; // no network just now: the next wish tries again
      reject(new Error(name));
    });
    document.head.appendChild(script);
  });
  late.parts[name] = part;
  return part;
}
late.parts = {};
late.tries = 0;

/** A link that calls (or, for 12110, writes to) a number; plain text when it is none. */
export function callLink(number, name, word) {
  const digits = number.replace(/[^\d+]/g, "");
  if (/[a-z]/i.test(number) || digits.length < 3) return make("span", { class: "place" }, number);
  const texts = digits === "12110";
  const facts = { number, name: name || "" };
  const label = (texts ? word("number_text", facts) : word("number_call", facts)).replace(/[\s,，]+$/, "");
  return make("a", { href: (texts ? "sms:" : "tel:") + digits, "aria-label": label }, number);
}

/** The words of a message, with numbers that can be tapped. */
function fillText(element, text, numbers, word) {
  element.textContent = "";
  let done = 0;
  text.replace(PHONES, (found, start) => {
    const after = text.slice(start + found.length);
    const known = found.indexOf("-") > 0 || SERVICES.indexOf(found) >= 0 || numbers.indexOf(found) >= 0;
    if (!known || UNITS.test(after)) return found;
    element.appendChild(document.createTextNode(text.slice(done, start)));
    element.appendChild(callLink(found, "", word));
    done = start + found.length;
    return found;
  });
  element.appendChild(document.createTextNode(text.slice(done)));
}

/** The conversation on the screen. Elements are kept by message, so that nothing is read out twice. */
export class LogView {
  constructor(parts, hooks) {
    this.parts = parts; // log, newBelow, card, cardText, cardNumbers, cardFold
    this.hooks = hooks; // word, name(message), choose(button), retry(id), discard(id)
    this.elements = new Map();
    this.numbers = [];
    this.folded = false;
    this.cardPosition = 0;
    parts.newBelow.addEventListener("click", () => this.toEnd());
    this.atEnd = true;
    parts.log.addEventListener("scroll", () => {
      this.atEnd = this.nearEnd();
      if (this.atEnd) parts.newBelow.hidden = true;
    });
    // the keyboard, a growing input, the card or the settings take room: the end stays in sight
    if (window.ResizeObserver) new ResizeObserver(() => this.atEnd && this.toEnd()).observe(parts.log);
    parts.cardFold.addEventListener("click", () => this.foldCard(!this.folded));
  }

  nearEnd() {
    const log = this.parts.log;
    return log.scrollHeight - log.scrollTop - log.clientHeight < NEAR_END;
  }

  toEnd() {
    this.parts.log.scrollTop = this.parts.log.scrollHeight;
    this.parts.newBelow.hidden = this.atEnd = true;
  }

  /** Shows these messages (stored ones by position, then those still to be sent), and nothing else. */
  show(stored, pending, numbers) {
    const log = this.parts.log;
    const wasAtEnd = this.atEnd;
    const first = this.elements.size === 0;
    this.numbers = numbers.map((one) => one.number.replace(/\s/g, ""));
    const card = stored.filter((message) => message.pinned).pop() || null;
    const rows = stored.concat(pending);
    const live = rows.filter((row) => row.state !== "refused").pop();
    const keyOf = (row) => row.client_id || "p" + row.position;
    const keep = new Set(rows.map(keyOf));
    let added = null;
    let mine = false;
    if (first) log.setAttribute("aria-live", "off"); // the past is not news
    this.elements.forEach((entry, key) => {
      if (keep.has(key)) return;
      entry.element.remove();
      this.elements.delete(key);
    });
    rows.forEach((row, index) => {
      const key = keyOf(row);
      let entry = this.elements.get(key);
      if (!entry) {
        entry = { element: make("div", { class: "message", "data-testid": "message" }), parts: {} };
        this.elements.set(key, entry);
        added = added || entry.element;
        mine = mine || row.author === "citizen";
      }
      this.fill(entry, row, rows[index - 1], row === live, row === card);
      if (log.children[index] !== entry.element) log.insertBefore(entry.element, log.children[index] || null);
    });
    this.showCard(card, stored, numbers);
    if (first) setTimeout(() => log.setAttribute("aria-live", "polite"), 500);
    const unread = first && !rows.some((row) => row.author === "citizen"); // the first words are read from the top
    if (unread && added) {
      const below = log.scrollHeight - log.clientHeight;
      this.atEnd = below <= 0;
      this.parts.newBelow.hidden = below < 40;
    } else if (added) this.follow(added, first || mine, wasAtEnd);
    else if (wasAtEnd) this.toEnd(); // a change of words or a refused message has moved the end
  }

  /** Scrolls to what is new, but never past its beginning, and never away from what is being read. */
  follow(added, always, wasAtEnd) {
    const log = this.parts.log;
    if (!always && !wasAtEnd) {
      this.parts.newBelow.hidden = false;
      return;
    }
    if (always) this.toEnd();
    else log.scrollTop = Math.min(log.scrollHeight, added.offsetTop - log.offsetTop - 8);
  }

  /** Makes one message's element say what the message is now; a part that has not changed is not touched. */
  fill(entry, row, before, isLive, isCard) {
    const word = this.hooks.word;
    const lang = document.documentElement.lang;
    const name = this.hooks.name(row);
    const gap = this.gap(before, row);
    const text = row.text || (row.kind === "location" ? word("location_said") : "");
    const element = entry.element;
    element.classList.toggle("first", !before || gap || this.hooks.name(before) !== name);
    element.classList.toggle("is-card", isCard);
    element.dataset.author = row.author;
    if (row.position) element.dataset.position = row.position;
    if (row.state) element.dataset.state = row.state;
    else delete element.dataset.state;
    this.part(entry, "time", gap && [row.at, lang], () => this.clock(row.at));
    this.part(entry, "who", [name], () => make("span", { class: "who" }, name));
    this.part(entry, "bubble", [text, row.author, this.numbers], () => {
      const bubble = make("div", { class: "bubble" });
      if (row.author === "citizen") bubble.textContent = text;
      else fillText(bubble, text, this.numbers, word);
      return bubble;
    });
    this.part(entry, "above", isCard && [lang], () =>
      make("div", { class: "above", "aria-hidden": "true" }, "↑ " + word("card_above")));
    this.part(entry, "exercise", row.exercise && [row.exercise, lang], () => this.exercise(row.exercise));
    this.part(entry, "refusal", row.state === "refused" && [row.code, lang], () => this.refusal(row));
    this.part(entry, "choices", isLive && (row.buttons || []).length && [row.buttons, lang], () => this.choices(row.buttons));
  }

  /** Puts one part of a message in its place, or takes it away; the order of calls is the order on the screen. */
  part(entry, name, facts, build) {
    const sign = facts ? JSON.stringify(facts) : "";
    const old = entry.parts[name];
    if (old && old.sign === sign) return;
    const node = sign ? build() : null;
    if (old && old.node) {
      if (node) entry.element.replaceChild(node, old.node);
      else old.node.remove();
    } else if (node) {
      const order = PARTS.slice(PARTS.indexOf(name) + 1).map((later) => (entry.parts[later] || {}).node);
      entry.element.insertBefore(node, order.find(Boolean) || null);
    }
    entry.parts[name] = { sign, node };
  }

  gap(before, row) {
    if (!row.at || (before && !before.at)) return false;
    return (before ? new Date(row.at) - new Date(before.at) : Date.now() - new Date(row.at)) > HOUR;
  }

  clock(at) {
    const time = new Date(at);
    const today = time.toDateString() === new Date().toDateString();
    const hours = { hour: "2-digit", minute: "2-digit", hour12: false };
    const form = today ? hours : Object.assign({ month: "short", day: "numeric" }, hours);
    return make("time", { datetime: at }, time.toLocaleString(document.documentElement.lang, form));
  }

  exercise(data) {
    const box = make("div", { class: "exercise", "data-testid": "exercise" });
    late("exercise").then((fill) => fill(box, data, this.hooks.word), () => null);
    return box;
  }

  refusal(row) {
    const word = this.hooks.word;
    const long = row.code === "too_large" || row.code === "too_long";
    const box = make("div", { class: "refusal", role: "alert" });
    box.appendChild(make("p", {}, long ? word("refused_too_large") : word("refused")));
    const again = make("button", { type: "button", "data-testid": "resend" }, word("resend"));
    again.addEventListener("click", () => this.hooks.retry(row.client_id));
    const away = make("button", { type: "button", "data-testid": "discard" }, word("discard"));
    away.addEventListener("click", () => this.hooks.discard(row.client_id));
    box.appendChild(again);
    box.appendChild(away);
    return box;
  }

  choices(buttons) {
    const group = make("div", { class: "choices", role: "group", "aria-label": this.hooks.word("choices_label") });
    buttons.forEach((button) => {
      const one = make("button", { type: "button", class: "choice", "data-testid": "choice" }, button.label);
      one.dataset.payload = button.payload;
      one.addEventListener("click", () => this.hooks.choose(button));
      group.appendChild(one);
    });
    return group;
  }

  /** Keeps the latest card on top: open until read, then one line with its numbers. */
  showCard(card, stored, numbers) {
    const parts = this.parts;
    parts.card.hidden = !card;
    if (!card) {
      this.cardPosition = 0;
      return;
    }
    if (card.position !== this.cardPosition) {
      this.cardPosition = card.position;
      // whoever has answered since has read it: after a reload the card stays small
      this.folded = stored.some((message) => message.author === "citizen" && message.position > card.position);
    }
    fillText(parts.cardText, card.text, this.numbers, this.hooks.word);
    parts.cardNumbers.textContent = "";
    numbers.slice(0, 3).forEach((one) => parts.cardNumbers.appendChild(callLink(one.number, one.name, this.hooks.word)));
    this.foldCard(this.folded);
  }

  foldCard(folded) {
    const parts = this.parts;
    this.folded = folded;
    parts.card.classList.toggle("folded", folded);
    parts.cardText.hidden = folded;
    parts.cardFold.setAttribute("aria-expanded", String(!folded));
    parts.cardFold.textContent = folded ? this.hooks.word("card_unfold") : this.hooks.word("card_fold");
  }
}
