/** The whole console against a server inside the test. */

import { flushSync, mount, unmount } from 'svelte';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import App from '../src/App.svelte';
import { desk } from '../src/lib/desk.svelte';
import { outgoing } from '../src/lib/outgoing.svelte';
import { prefs } from '../src/lib/prefs.svelte';
import { router } from '../src/lib/route.svelte';
import { session } from '../src/lib/session.svelte';
import { aMessage, someEvidence } from './builders';
import { TestServer } from './server';

let server: TestServer;
let app: ReturnType<typeof mount>;

const all = (id: string) => [...document.querySelectorAll<HTMLElement>(`[data-testid="${id}"]`)];
const find = (id: string) => all(id)[0] ?? null;
function get<T extends HTMLElement = HTMLElement>(id: string): T {
  const found = find(id);
  if (found === null) throw new Error(`${id} is not on the screen:\n${document.body.textContent}`);
  return found as T;
}

/** Let answers and effects arrive. */
async function settle(): Promise<void> {
  for (let i = 0; i < 12; i++) {
    await vi.advanceTimersByTimeAsync(0);
    flushSync();
  }
}

async function type(id: string, text: string): Promise<void> {
  const field = get<HTMLInputElement>(id);
  field.value = text;
  field.dispatchEvent(new Event('input', { bubbles: true }));
  await settle();
}

async function click(id: string): Promise<void> {
  get(id).click();
  await settle();
}

async function press(key: string, target: EventTarget = window): Promise<void> {
  target.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
  await settle();
}

async function start(): Promise<void> {
  app = mount(App, { target: document.body });
  await settle();
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'Date'] });
  sessionStorage.clear();
  localStorage.clear();
  prefs.language = 'zh';
  document.body.replaceChildren();
  Element.prototype.scrollIntoView = () => {};
  HTMLDialogElement.prototype.showModal = function (this: HTMLDialogElement) {
    this.open = true;
  };
  HTMLDialogElement.prototype.close = function (this: HTMLDialogElement) {
    this.open = false;
  };
  server = new TestServer();
  server.signedIn = true;
  vi.stubGlobal('fetch', server.fetch);
  vi.stubGlobal('WebSocket', server.socketClass());
  session.me = null;
  session.state = 'loading';
  router.go({ page: 'desk', case: null }, true);
  desk.dialog = 'none';
  desk.filter = '';
  desk.toast = null;
});

afterEach(async () => {
  await unmount(app);
  outgoing.open('nobody');
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe('coming in', () => {
  it('signs in, and says in words what was wrong', async () => {
    server.signedIn = false;
    await start();
    await type('signin-login', 'lin');
    await type('signin-password', 'wrong');
    await click('signin-submit');
    expect(document.body.textContent).toContain('登录名或密码不对');
    await type('signin-password', 'right');
    await click('signin-submit');
    expect(get('case-row').dataset['case']).toBe('c1');
  });

  it('says for how long it is locked', async () => {
    server.signedIn = false;
    const body = { error: { code: 'locked', message: 'x', retry_after_s: 130 } };
    server.next.push({ match: 'POST /session', answer: { status: 429, body } });
    await start();
    await type('signin-login', 'lin');
    await type('signin-password', 'x');
    await click('signin-submit');
    expect(document.body.textContent).toContain('3 分钟');
  });

  it('offers to try again when there is no server', async () => {
    server.next.push({ match: 'GET /session', answer: 'gone' });
    await start();
    expect(document.body.textContent).toContain('连不上服务器');
    document.querySelector('button')?.click();
    await settle();
    expect(find('case-row')).not.toBeNull();
  });
});

describe('the queue', () => {
  it('shows level, status and wait, and follows the server without a reload', async () => {
    await start();
    const row = get('case-row');
    expect([row.dataset['level'], row.dataset['status']]).toEqual(['L2', 'waiting']);
    expect(row.textContent).toContain('关注');
    expect(row.textContent).toContain('超时');
    server.cases = [];
    server.push();
    await settle();
    expect(find('case-row')).toBeNull();
  });

  it('says that understanding is starting, and no more when it is ready', async () => {
    server.overview = { nlu: 'starting', content_errors: ['data/x.yml:3: wrong'] };
    await start();
    expect(get('nlu-bar').textContent).toContain('自动理解正在启动，规则照常工作');
    expect(get('content-errors').textContent).toContain('data/x.yml:3: wrong');
    server.overview = { nlu: 'ready' };
    server.push();
    await settle();
    expect(find('nlu-bar')).toBeNull();
  });

  it('says that the line is gone, and takes up what it missed', async () => {
    await start();
    server.sockets[0]?.cut();
    await settle();
    expect(get('offline-bar').textContent).toContain('连接断开');
    server.cases = [];
    await vi.advanceTimersByTimeAsync(600);
    await settle();
    expect(find('offline-bar')).toBeNull();
    expect(find('case-row')).toBeNull();
    expect(server.sockets).toHaveLength(2);
  });

  it('goes to the sign-in when the session is over, and keeps the words', async () => {
    await start();
    await click('case-row');
    await click('claim');
    await type('reply-box', '还没写完');
    server.signedIn = false;
    server.sockets[0]?.cut();
    await vi.advanceTimersByTimeAsync(600);
    await settle();
    expect(document.body.textContent).toContain('登录已过期');
    await type('signin-login', 'lin');
    await type('signin-password', 'right');
    await click('signin-submit');
    expect(get<HTMLTextAreaElement>('reply-box').value).toBe('还没写完');
  });

  it('believes the server about duty, not a list that it is missing from', async () => {
    server.overview = { on_duty: [] };
    await start();
    expect(get('duty-toggle').getAttribute('aria-checked')).toBe('true');
    expect(server.log.filter((l) => l === 'GET /session')).toHaveLength(2);
  });

  it('is no place for an administrator who reads no conversations', async () => {
    server.me = { ...server.me, permissions: ['staff:invite', 'staff:read'], roles: ['admin'] };
    await start();
    expect(find('queue')).toBeNull();
    expect(find('invite-submit')).not.toBeNull();
    expect(server.sockets).toHaveLength(0);
  });

  it('switches duty', async () => {
    await start();
    expect(get('duty-toggle').getAttribute('aria-checked')).toBe('true');
    await click('duty-toggle');
    expect(get('duty-toggle').getAttribute('aria-checked')).toBe('false');
    // From another desk.
    server.me = { ...server.me, on_duty: true };
    await vi.advanceTimersByTimeAsync(6_000);
    server.push();
    await settle();
    expect(get('duty-toggle').getAttribute('aria-checked')).toBe('true');
  });
});

describe('a conversation', () => {
  it('marks the evidence and lists its rule', async () => {
    const evidence = [someEvidence({ quote: '不想活', rule: 'suicide.wish', start: 2, end: 5, level: 'L2' })];
    server.messages = [aMessage(1, { text: '🙂我不想活了', evidence })];
    await start();
    await click('case-row');
    expect(get('evidence').firstChild?.textContent).toBe('不想活');
    expect(get('message').dataset['author']).toBe('citizen');
    expect(get('context').textContent).toContain('suicide.wish');
  });

  it('is claimed with one key, which leads to the reply box', async () => {
    await start();
    await press('j');
    expect(find('reply-box')).toBeNull();
    await press('c');
    expect(server.log).toContain('POST /cases/c1/claim');
    expect(get('conversation-owner').dataset['owner']).toBe('u1');
    expect(document.activeElement).toBe(get('reply-box'));
  });

  it('says who was faster', async () => {
    const owner = { id: 'u2', name: '周敏' };
    const body = { error: { code: 'already_claimed', message: 'x', owner } };
    server.next.push({ match: 'POST /cases/c1/claim', answer: { status: 409, body } });
    await start();
    await click('case-row');
    await click('claim');
    expect(get('toast').textContent).toContain('周敏 已经接了');
  });

  it('shows what is sent at once, and only once when it is confirmed', async () => {
    await start();
    await click('case-row');
    await click('claim');
    await type('reply-box', '我在这里');
    await press('Enter', get('reply-box'));
    const persons = () => all('message').filter((m) => m.dataset['author'] === 'person');
    expect(persons()).toHaveLength(1);
    expect(persons()[0]?.textContent).toContain('发送中');
    server.messages = server.messages.map((m) => (m.delivery === 'due' ? { ...m, delivery: 'sent' } : m));
    server.cast({ type: 'conversation', conversation: 'v1', case: 'c1', position: 2 });
    await settle();
    expect(persons()).toHaveLength(1);
    expect(persons()[0]?.textContent).toContain('已发出');
    expect(get<HTMLTextAreaElement>('reply-box').value).toBe('');
  });

  it('keeps what could not be sent, and sends it when asked', async () => {
    await start();
    await click('case-row');
    await click('claim');
    const body = { error: { code: 'internal', message: 'x' } };
    server.next.push({ match: 'POST /cases/c1/messages', answer: { status: 500, body } });
    await type('reply-box', '别急');
    await click('reply-send');
    const last = all('message').at(-1);
    expect(last?.dataset['pending']).toBe('failed');
    expect(last?.textContent).toContain('没有发出去');
    last?.querySelector('button')?.click();
    await settle();
    expect(all('message').filter((m) => m.textContent?.includes('别急'))).toHaveLength(1);
    expect(all('message').at(-1)?.dataset['pending']).toBeUndefined();
  });

  it('asks before a reply to an old view', async () => {
    await start();
    await click('case-row');
    await click('claim');
    const body = { error: { code: 'stale_view', message: 'x', position: 2 } };
    server.next.push({ match: 'POST /cases/c1/messages', answer: { status: 409, body } });
    server.messages = [...server.messages, aMessage(2, { text: '等等,还有一件事' })];
    await type('reply-box', '那就好');
    await click('reply-send');
    expect(get('stale').textContent).toContain('等等,还有一件事');
    await click('stale-edit');
    expect(get<HTMLTextAreaElement>('reply-box').value).toBe('那就好');
    expect(find('stale')).toBeNull();
    await click('reply-send');
    expect(all('message').at(-1)?.textContent).toContain('那就好');
  });

  it('counts an edit as seen, which has a position of its own', async () => {
    server.view = { position: 2 };
    await start();
    await click('case-row');
    await click('claim');
    await type('reply-box', '看到了');
    await click('reply-send');
    expect(server.bodies.at(-1)).toMatchObject({ text: '看到了', seen: 2 });
  });

  it('shows the citizen at once, and marks what came while one was elsewhere', async () => {
    await start();
    await click('case-row');
    server.hear('你在吗');
    await settle();
    expect(all('message').at(-1)?.textContent).toContain('你在吗');
    router.go({ page: 'desk', case: null });
    await settle();
    server.hear('还在吗');
    await click('case-row');
    expect(find('new-mark')).not.toBeNull();
  });

  it('keeps a draft with its own case over a reload', async () => {
    await start();
    await click('case-row');
    await click('claim');
    await type('reply-box', '写到一半');
    await unmount(app);
    document.body.replaceChildren();
    await start();
    expect(get<HTMLTextAreaElement>('reply-box').value).toBe('写到一半');
  });

  it('writes a note; a failed one stays in the box', async () => {
    await start();
    await click('case-row');
    await type('note-box', '提到母亲');
    server.next.push({ match: 'POST /cases/c1/notes', answer: 'gone' });
    await click('note-send');
    expect(get<HTMLTextAreaElement>('note-box').value).toBe('提到母亲');
    expect(get('context').textContent).toContain('没有记下');
    await click('note-send');
    expect(get<HTMLTextAreaElement>('note-box').value).toBe('');
    expect(get('timeline').textContent).toContain('提到母亲');
  });

  it('covers the emergency contact until it is asked for', async () => {
    server.view = { profile: { emergency_contact: '妈妈 138' } };
    await start();
    await click('case-row');
    expect(document.body.textContent).not.toContain('138');
    await click('emergency-contact-show');
    expect(get('emergency-contact').textContent).toBe('妈妈 138');
  });

  it('goes back to the queue, and can be taken back', async () => {
    await start();
    await click('case-row');
    await click('claim');
    await click('release');
    expect(find('claim')).not.toBeNull();
    get('toast').querySelector('button')?.click();
    await settle();
    expect(get('conversation-owner').dataset['owner']).toBe('u1');
  });
});

describe('closing', () => {
  async function openDialog(): Promise<void> {
    await start();
    await click('case-row');
    await click('claim');
    await click('close-open');
  }

  async function choose(value: string): Promise<void> {
    const select = get<HTMLSelectElement>('close-outcome');
    select.value = value;
    select.dispatchEvent(new Event('change', { bubbles: true }));
    await settle();
  }

  it('needs an outcome, and at L3 a note', async () => {
    server.cases = server.cases.map((c) => ({ ...c, level: 'L3' }));
    await openDialog();
    await click('close-submit');
    expect(document.body.textContent).toContain('请选一个结果');
    await choose('supported');
    await click('close-submit');
    expect(document.body.textContent).toContain('请写几句说明');
    expect(server.log.filter((l) => l.endsWith('/close'))).toEqual([]);
    await type('close-note', '谈了四十分钟');
    await click('close-submit');
    expect(server.log).toContain('POST /cases/c1/close');
    expect(find('close-submit')).toBeNull();
    expect(find('case-row')).toBeNull();
    expect(get('conversation-owner').textContent).toContain('谈过了，目前安全');
  });

  it('goes away with a case that was taken back, and the keys work on', async () => {
    await openDialog();
    await type('close-note', '写到一半的说明');
    server.cases = server.cases.map((c) => ({ ...c, status: 'waiting', owner: null, version: 9 }));
    server.push();
    await settle();
    expect(find('close-submit')).toBeNull();
    expect(find('reply-box')).toBeNull();
    await press('c');
    await press('x');
    expect(get<HTMLTextAreaElement>('close-note').value).toBe('写到一半的说明');
  });

  it('offers the paused questionnaire only when there is one', async () => {
    await openDialog();
    expect(find('close-resume')).toBeNull();
    const items = [{ text: '一', answer: null, value: null }];
    const phq9 = { instrument: 'phq9', total: null, band: null, items, at: '', completed: false };
    server.view = { ...server.view, assessments: [phq9] };
    server.cast({ type: 'conversation', conversation: 'v1', case: 'c1', position: 1 });
    await settle();
    expect(find('close-resume')).not.toBeNull();
  });
});

it('leaves without a word of any citizen in the browser', async () => {
  await start();
  await click('case-row');
  await click('claim');
  await type('reply-box', '私密的话');
  server.next.push({ match: 'DELETE /session', answer: { status: 204 } });
  await session.leave();
  await settle();
  expect(JSON.stringify({ ...sessionStorage, ...localStorage })).not.toContain('私密');
  expect(find('signin-login')).not.toBeNull();
});
