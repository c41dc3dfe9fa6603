/** A small server inside the test: answers the console's requests and holds its sockets. */

import type { Case, CaseEvent, CaseView, Overview, StaffMessage } from '../src/lib/types';
import { aCase, aMe, aMessage, anEvent, anOverview, aView } from './builders';

type Answer = { status: number; body?: unknown };
const refuse = (status: number, code: string, data: object = {}): Answer => ({
  status,
  body: { error: { code, message: code, ...data } },
});

export class TestServer {
  signedIn = false;
  me = aMe();
  cases: Case[] = [aCase()];
  messages: StaffMessage[] = [aMessage(1, { text: '我不想活了' })];
  events: CaseEvent[] = [];
  view: Partial<CaseView> = {};
  overview: Partial<Overview> = {};
  /** Every request, `POST /cases/c1/claim {...}`. */
  log: string[] = [];
  bodies: Record<string, unknown>[] = [];
  /** Takes the next matching request before the server does. */
  next: { match: string; answer: Answer | 'gone' }[] = [];
  sockets: TestSocket[] = [];

  fetch = (input: string, init: { method: string; body?: string }): Promise<Response> => {
    const path = input.replace('/staff/api', '');
    const line = `${init.method} ${path}`;
    const body = init.body === undefined ? {} : (JSON.parse(init.body) as Record<string, unknown>);
    this.log.push(line);
    if (init.method !== 'GET') this.bodies.push(body);
    const at = this.next.findIndex((n) => line.startsWith(n.match));
    const planned = at < 0 ? undefined : this.next.splice(at, 1)[0]?.answer;
    if (planned === 'gone') return Promise.reject(new TypeError('no network'));
    const { status, body: answer } = planned ?? this.#answer(line, body);
    const text = answer === undefined ? '' : JSON.stringify(answer);
    return Promise.resolve({ status, ok: status < 300, text: () => Promise.resolve(text) } as Response);
  };

  push(): void {
    this.cast({ type: 'overview', overview: this.#overview() });
  }

  cast(frame: object): void {
    for (const socket of this.sockets) socket.say(frame);
  }

  /** The citizen writes. */
  hear(text: string): void {
    const position = (this.messages.at(-1)?.position ?? 0) + 1;
    this.messages = [...this.messages, aMessage(position, { text })];
    this.cast({ type: 'conversation', conversation: 'v1', case: 'c1', position });
  }

  #overview(): Overview {
    return anOverview({ cases: this.cases, on_duty: this.me.on_duty ? [this.me] : [], ...this.overview });
  }

  #change(change: Partial<Case>): Case {
    const old = this.cases[0] ?? aCase();
    const item = { ...old, ...change, version: old.version + 1 };
    this.cases = item.status === 'closed' ? [] : [item];
    this.view = { ...this.view, case: item };
    this.push();
    return item;
  }

  #answer(line: string, body: Record<string, unknown>): Answer {
    const owner = { id: this.me.id, name: this.me.name };
    switch (line) {
      case 'POST /session':
        this.signedIn = body['password'] === 'right';
        return this.signedIn ? { status: 200, body: this.me } : refuse(401, 'wrong_credentials');
      case 'GET /session':
        return this.signedIn ? { status: 200, body: this.me } : refuse(401, 'signed_out');
      case 'GET /overview':
        return this.signedIn ? { status: 200, body: this.#overview() } : refuse(401, 'signed_out');
      case 'GET /cases/c1':
        return {
          status: 200,
          body: aView({
            case: this.cases[0] ?? aCase(),
            messages: this.messages,
            position: this.messages.at(-1)?.position ?? 0,
            events: this.events,
            ...this.view,
          }),
        };
      case 'POST /cases/c1/claim':
        return { status: 200, body: this.#change({ status: 'claimed', owner }) };
      case 'POST /cases/c1/release':
        return { status: 200, body: this.#change({ status: 'waiting', owner: null }) };
      case 'POST /cases/c1/close':
        return { status: 200, body: this.#change({ status: 'closed', outcome: String(body['outcome']) }) };
      case 'POST /cases/c1/messages': {
        const message = aMessage((this.messages.at(-1)?.position ?? 0) + 1, {
          author: 'person',
          text: String(body['text']),
          client_id: String(body['client_id']),
          delivery: 'due',
        });
        this.messages = [...this.messages, message];
        return { status: 201, body: message };
      }
      case 'POST /cases/c1/notes': {
        const note = anEvent(`n${this.events.length}`, { kind: 'note', text: String(body['text']) });
        this.events = [...this.events, note];
        return { status: 201, body: note };
      }
      case 'PUT /duty':
        this.me = { ...this.me, on_duty: body['on'] === true };
        this.push();
        return { status: 200, body: this.me };
      default:
        return refuse(404, 'not_found');
    }
  }

  /** A WebSocket class whose sockets open at once and get the overview. */
  socketClass(): unknown {
    const server = this;
    return class extends TestSocket {
      constructor(url: string) {
        super(url);
        server.sockets.push(this);
        queueMicrotask(() => {
          this.readyState = 1;
          this.onopen?.();
          this.say({ type: 'overview', overview: server.#overview() });
        });
      }
    };
  }
}

export class TestSocket {
  static readonly OPEN = 1;
  readyState = 0;
  sent: { type: string }[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;

  constructor(readonly url: string) {}
  send(text: string): void {
    this.sent.push(JSON.parse(text) as { type: string });
  }
  say(frame: object): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }
  close(): void {
    this.readyState = 3;
  }
  cut(): void {
    this.readyState = 3;
    this.onclose?.();
  }
}
