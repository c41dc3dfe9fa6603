// Wires the citizen's page together.

import { forgetAll, Outbox, tab } from "./store.js";
import { Live, sayGoodbye } from "./live.js";
import { callLink, late, LogView, make } from "./view.js";

const TAIL = 20; // asked for again each time: a reply may be committed after a message with a higher position
const TYPING_LIFE = 15000;
const ESCAPES_WITHIN = 1500;
const ROUND_THE_CLOCK = /^(24\s*(小时|h|hours|\/\s*7)|24\s*\/\s*7|全天|all day)$/i;

const by = (id) => document.getElementById(id);
const dictionaries = JSON.parse(by("words").textContent);
const wide = matchMedia("(pointer: fine)");

const state = {
  language: tab.language() || (/^en/i.test(navigator.language || "") ? "en" : "zh"),
  owner: "bot",
  person: null,
  conversation: null,
  numbers: [],
  messages: new Map(), // by position
  reach: "connecting",
  typing: null,
  typingEnds: 0,
  delivered: false,
  unsaidLanguage: null,
};

function word(key, facts) {
  const text = dictionaries[state.language][key] || dictionaries.zh[key] || "";
  return text.replace(/\{([a-z_]+)\}/g, (whole, name) => (facts && name in facts ? String(facts[name]) : whole));
}

/** The numbers to show before the server has said which ones work here. */
function builtInNumbers() {
  return Object.keys(dictionaries[state.language])
    .filter((key) => /^number_\d+$/.test(key))
    .map((key) => ({ number: key.slice(7), name: word(key), hours: word("hours_" + key.slice(7)) }));
}

function personName(name) {
  if (!name) return word("person_unnamed");
  const title = word("person_named", { name: "" });
  return title && name.endsWith(title) ? name : word("person_named", { name });
}

function authorName(message) {
  if (message.author === "citizen") return word("by_you");
  return message.author === "person" ? personName(message.name) : word("by_program");
}

// --- What is known

function learn(messages) {
  messages.forEach((message) => {
    const known = state.messages.get(message.position);
    const clientId = message.client_id || (known && known.client_id) || null;
    state.messages.set(message.position, Object.assign({}, message, { client_id: clientId }));
    if (clientId) {
      if (outbox.items.some((item) => item.client_id === clientId)) state.delivered = true;
      outbox.remove(clientId);
    }
    if (message.author !== "citizen") {
      if (!known) state.delivered = false;
      if (!known && state.typing) state.typing = null;
    }
  });
}

/** The last position below which nothing is missing, or a little before the highest. */
function after() {
  let sure = 0;
  let highest = 0;
  state.messages.forEach((message) => (highest = Math.max(highest, message.position)));
  while (state.messages.has(sure + 1)) sure += 1;
  return Math.max(sure, highest - TAIL, 0);
}

function takeState(facts) {
  if (facts.owner) state.owner = facts.owner;
  state.person = facts.person || null;
  if (facts.numbers && facts.numbers.length) state.numbers = facts.numbers;
  if (facts.language && !state.unsaidLanguage) setLanguage(facts.language);
}

function takeView(view) {
  if (state.conversation !== view.conversation) {
    const sameVisit = state.conversation !== null;
    state.messages.clear();
    state.conversation = view.conversation;
    outbox.bind(view.conversation, sameVisit);
  }
  takeState(view);
  learn(view.messages);
  draw();
  sayLanguage();
  outbox.pump();
  getSettings().catch(() => null); // both are small, and may be wanted when the network is gone
  late("exercise").catch(() => null);
}

function setLanguage(language) {
  if (!dictionaries[language]) return;
  tab.keepLanguage(language);
  if (language === state.language && document.documentElement.lang.indexOf(language) === 0 && setLanguage.done) return;
  setLanguage.done = true;
  state.language = language;
  const root = document.documentElement;
  root.lang = language === "zh" ? "zh-CN" : "en";
  document.title = word("page_title");
  document.querySelectorAll("[data-word]").forEach((one) => (one.textContent = word(one.dataset.word)));
  document.querySelectorAll("[data-word-label]").forEach((one) => one.setAttribute("aria-label", word(one.dataset.wordLabel)));
  document.querySelectorAll("[data-word-placeholder]").forEach((one) => (one.placeholder = word(one.dataset.wordPlaceholder)));
  by("language").lang = language === "zh" ? "en" : "zh-CN";
  if (settings) settings.redraw();
}

/** Tells the server the chosen language, as often as it takes. */
async function sayLanguage() {
  const language = state.unsaidLanguage;
  if (!language || !state.conversation) return;
  try {
    await live.ask("POST", "/api/language", { language });
    if (state.unsaidLanguage === language) state.unsaidLanguage = null;
  } catch (error) {
    if (error.kind === "refused") state.unsaidLanguage = null; // else the next view or frame tries again
  }
}

// --- What is seen

function draw() {
  const stored = Array.from(state.messages.values()).sort((a, b) => a.position - b.position);
  const pending = outbox.items.map((item) => ({
    client_id: item.client_id, author: "citizen", text: item.body.text || "", state: item.state, code: item.code,
    kind: item.body.location ? "location" : "text",
  }));
  const numbers = state.numbers.length ? state.numbers : builtInNumbers();
  drawHeader();
  drawNumbers(numbers);
  log.show(stored, pending, numbers);
  drawStatus();
}

function drawHeader() {
  const joined = state.owner === "person";
  if (joined && document.body.dataset.owner !== "person") log.foldCard(true); // the talk needs the room now
  document.body.dataset.owner = state.owner;
  setText(by("header-name"), joined ? word("header_person", { name: personName(state.person) }) : word("header_bot"));
}

function drawNumbers(numbers) {
  const signature = JSON.stringify([numbers, state.language]);
  if (drawNumbers.shown === signature) return;
  drawNumbers.shown = signature;
  const box = by("numbers");
  box.textContent = "";
  numbers.forEach((one) => {
    const link = callLink(one.number, one.name, word);
    link.textContent = "";
    link.appendChild(make("b", {}, one.number));
    link.appendChild(document.createTextNode(" " + one.name));
    box.appendChild(link);
  });
  const limited = numbers.filter((one) => one.hours && !ROUND_THE_CLOCK.test(one.hours.trim()));
  setText(by("hours"), limited.map((one) => one.number + " " + one.hours).join(state.language === "zh" ? "；" : "; "));
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text; // an unchanged line is not read out again
}

function drawStatus() {
  const waiting = outbox.waiting().length;
  const parts = [];
  if (state.reach === "offline") parts.push(waiting ? word("status_offline") : word("status_offline_idle"));
  else if (state.reach === "trouble") parts.push(waiting ? word("status_trouble") : word("status_trouble_idle"));
  else if (state.reach === "connecting") parts.push(word("status_connecting"));
  else {
    if (waiting > 1) parts.push(word("status_sending_many", { count: waiting }));
    else if (waiting) parts.push(word("status_sending"));
    else if (state.delivered) parts.push(word("status_delivered"));
    if (state.typing === "person") parts.push(word("typing_person", { name: personName(state.person) }));
    else if (state.typing) parts.push(word("typing_bot"));
    else if (!waiting && state.owner === "person") parts.push(word("status_person", { name: personName(state.person) }));
    else if (!waiting && state.owner === "queue") parts.push(word("status_queue"));
  }
  setText(by("status"), parts.join(" · "));
  by("status").dataset.reach = state.reach;
}

// --- The parts

const outbox = new Outbox({
  post: (body) => live.ask("POST", "/api/messages", body),
  taken(item, position) {
    state.delivered = true;
    if (!state.messages.has(position)) {
      learn([{
        position, client_id: item.client_id, author: "citizen", text: item.body.text || "", buttons: [],
        kind: item.body.location ? "location" : "text", at: new Date().toISOString(),
      }]);
      state.delivered = true;
    }
    draw();
  },
  changed: () => draw(),
  stranger() {
    live.ready = false;
    live.renew();
  },
});

const live = new Live({
  after,
  language: () => state.language,
  view: takeView,
  messages(list) {
    learn(list);
    draw();
  },
  state(frame) {
    takeState(frame);
    draw();
  },
  typing(frame) {
    state.typing = frame.on ? frame.author : null;
    clearTimeout(state.typingEnds);
    state.typingEnds = setTimeout(() => {
      state.typing = null;
      drawStatus();
    }, TYPING_LIFE);
    drawStatus();
  },
  reach(news) {
    const back = news === "online" && state.reach !== "online" && state.reach !== "connecting";
    state.reach = news;
    if (back) outbox.poke();
    drawStatus();
  },
});

const log = new LogView(
  {
    log: by("log"), newBelow: by("new-below"), card: by("card"), cardText: by("card-text"),
    cardNumbers: by("card-numbers"), cardFold: by("card-fold"),
  },
  {
    word,
    name: authorName,
    choose(button) {
      say({ payload: button.payload, text: button.label });
      input.focus({ preventScroll: true });
    },
    retry: (clientId) => outbox.retry(clientId),
    discard(clientId) {
      outbox.remove(clientId);
      draw();
      input.focus();
    },
  }
);

let settings = null; // comes when it is wished for, or once the conversation is there

function getSettings() {
  return late("settings").then((Settings) => {
    settings = settings || new Settings(by("settings"), by("open-settings"), {
      word,
      words: () => dictionaries[state.language],
      ask: (method, path, body) => live.ask(method, path, body),
      sendLocation: (location) => say({ location }),
    });
    return settings;
  });
}

by("open-settings").addEventListener("click", () => {
  getSettings().then((panel) => panel.toggle(), () => live.poke());
});

function say(body) {
  state.delivered = false;
  log.foldCard(true); // whoever answers has read the card; its numbers stay
  outbox.add(body);
}

// --- Hands and keys

const input = by("input");

function fitInput() {
  input.style.height = "auto";
  input.style.height = input.scrollHeight + 2 + "px";
}

function sendInput() {
  const text = input.value;
  if (!text.trim()) {
    input.focus();
    return;
  }
  input.value = "";
  tab.keepDraft("");
  fitInput();
  say({ text });
  input.focus();
}

by("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  sendInput();
});
input.addEventListener("input", () => {
  tab.keepDraft(input.value);
  fitInput();
});
input.addEventListener("keydown", (event) => {
  // Enter that ends a choice of the input method is not the citizen's Enter (229: still composing)
  if (event.key !== "Enter" || event.isComposing || event.keyCode === 229) return;
  if (event.shiftKey || event.altKey || !wide.matches) return;
  event.preventDefault();
  sendInput();
});

let humanAt = 0;
by("human").addEventListener("click", () => {
  if (Date.now() - humanAt < 2000) return; // a shaking hand taps twice
  humanAt = Date.now();
  say({ payload: "human", text: word("human") });
});

by("language").addEventListener("click", () => {
  state.unsaidLanguage = state.language === "zh" ? "en" : "zh";
  setLanguage(state.unsaidLanguage);
  draw();
  sayLanguage();
});

function leave() {
  const target = word("exit_to");
  document.body.textContent = "";
  document.title = "";
  live.stop();
  sayGoodbye(outbox.leave());
  forgetAll();
  location.replace(target);
}

by("exit").addEventListener("click", leave);
let escapedAt = 0;
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.isComposing || event.keyCode === 229) return;
  if (Date.now() - escapedAt < ESCAPES_WITHIN) leave();
  escapedAt = Date.now();
});

// --- A phone's keyboard covers the page on some systems: the footer stays above it

function fitScreen() {
  const seen = window.visualViewport;
  const height = seen ? seen.height : window.innerHeight;
  document.documentElement.style.setProperty("--height", height + "px");
  document.body.classList.toggle("short", height < 440);
  if (seen && seen.offsetTop) window.scrollTo(0, 0);
}

fitScreen();
(window.visualViewport || window).addEventListener("resize", fitScreen);

input.value = tab.draft();
setLanguage(state.language);
fitInput();
draw();
live.start();
