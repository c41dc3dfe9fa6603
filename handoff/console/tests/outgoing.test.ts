import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiError, NetworkError } from '../src/lib/api';
import { Outgoing } from '../src/lib/outgoing.svelte';
import type { StaffMessage } from '../src/lib/types';
import { aMessage } from './builders';

interface Call {
  caseId: string;
  body: { client_id: string; text: string; seen: number };
  answer(message?: Partial<StaffMessage>): Promise<void>;
  fail(error: unknown): Promise<void>;
}

/** A server whose answers are given by hand. */
class Server {
  calls: Call[] = [];
  #position = 10;

  send = (caseId: string, body: Call['body']): Promise<StaffMessage> =>
    new Promise((resolve, reject) => {
      const settle = () => new Promise<void>((done) => queueMicrotask(() => queueMicrotask(done)));
      this.calls.push({
        caseId,
        body,
        answer: async () => {
          const position = ++this.#position;
          resolve(aMessage(position, { client_id: body.client_id, author: 'person', text: body.text }));
          for (let i = 0; i < 4; i++) await settle();
        },
        fail: async (error) => {
          reject(error as Error);
          for (let i = 0; i < 4; i++) await settle();
        },
      });
    });

  call(index: number): Call {
    const call = this.calls[index];
    if (call === undefined) throw new Error(`There was no call ${index}.`);
    return call;
  }
}

describe('Outgoing', () => {
  let server: Server;
  let out: Outgoing;
  let sent: string[];

  beforeEach(() => {
    vi.useFakeTimers();
    sessionStorage.clear();
    server = new Server();
    out = new Outgoing(server.send);
    sent = [];
    out.onSent = (_, message) => sent.push(message.text);
    out.open('u1');
  });
  afterEach(() => vi.useRealTimers());

  const states = () => out.of('c1').map((p) => p.state);

  it('shows at once, and is gone when the server has it', async () => {
    out.add('c1', '你好', 3);
    expect(states()).toEqual(['sending']);
    expect(server.call(0).body).toMatchObject({ text: '你好', seen: 3 });
    await server.call(0).answer();
    expect(states()).toEqual([]);
    expect(sent).toEqual(['你好']);
  });

  it('sends one at a time, in the order of writing', async () => {
    out.add('c1', '一', 1);
    out.add('c1', '二', 1);
    expect(server.calls).toHaveLength(1);
    await server.call(0).answer();
    expect(server.calls).toHaveLength(2);
    await server.call(1).answer();
    expect(sent).toEqual(['一', '二']);
  });

  it('does not let one case wait for another', () => {
    out.add('c1', '一', 1);
    out.add('c2', '二', 1);
    expect(server.calls.map((c) => c.caseId)).toEqual(['c1', 'c2']);
  });

  it('repeats with the same client_id when no answer came', async () => {
    out.add('c1', '在吗', 1);
    await server.call(0).fail(new NetworkError('gone'));
    expect(states()).toEqual(['offline']);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(server.calls).toHaveLength(2);
    expect(server.call(1).body.client_id).toBe(server.call(0).body.client_id);
    await server.call(1).answer();
    expect(sent).toEqual(['在吗']);
  });

  it('goes on at once when the network is back', async () => {
    out.add('c1', '在吗', 1);
    await server.call(0).fail(new NetworkError('gone'));
    out.resume();
    expect(server.calls).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(server.calls).toHaveLength(2);
  });

  it('keeps the words and stops when the server refuses', async () => {
    out.add('c1', '一', 1);
    out.add('c1', '二', 1);
    await server.call(0).fail(new ApiError(500, 'internal', 'x'));
    expect(states()).toEqual(['failed', 'queued']);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(server.calls).toHaveLength(1);
    const first = out.of('c1')[0];
    out.again('c1', first?.clientId ?? '');
    await server.call(1).answer();
    await server.call(2).answer();
    expect(sent).toEqual(['一', '二']);
  });

  it('asks before it answers a view that is no longer true', async () => {
    let asked = '';
    out.onStale = (caseId) => (asked = caseId);
    const pending = out.add('c1', '好的', 5);
    await server.call(0).fail(new ApiError(409, 'stale_view', 'x', { position: 7 }));
    expect(asked).toBe('c1');
    expect(out.of('c1')[0]).toMatchObject({ state: 'stale', position: 7 });
    out.again('c1', pending.clientId, 7);
    expect(server.call(1).body).toMatchObject({ seen: 7, client_id: pending.clientId });
  });

  it('gives the words back for editing, but not while they are under way', async () => {
    const pending = out.add('c1', '写错了', 1);
    expect(out.take('c1', pending.clientId)).toBeNull();
    await server.call(0).fail(new ApiError(409, 'not_owner', 'x'));
    expect(out.of('c1')[0]?.code).toBe('not_owner');
    expect(out.take('c1', pending.clientId)).toBe('写错了');
    expect(states()).toEqual([]);
  });

  it('drops what the conversation shows as arrived', async () => {
    const pending = out.add('c1', '到了吗', 1);
    await server.call(0).fail(new NetworkError('gone'));
    out.reconcile('c1', [aMessage(9, { client_id: pending.clientId })]);
    expect(states()).toEqual([]);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(server.calls).toHaveLength(1);
  });

  it('survives a reload: fresh words go on, old ones wait for a click', () => {
    out.add('c1', '刚写的', 1);
    const reloaded = new Outgoing(server.send);
    reloaded.open('u1');
    expect(server.calls).toHaveLength(2);
    expect(server.call(1).body.client_id).toBe(server.call(0).body.client_id);
    vi.setSystemTime(Date.now() + 600_000);
    const later = new Outgoing(server.send);
    later.open('u1');
    expect(later.of('c1')[0]).toMatchObject({ state: 'failed', text: '刚写的' });
    expect(server.calls).toHaveLength(2);
  });

  it('shows nobody what another person left unsent', () => {
    out.add('c1', '我的话', 1);
    const other = new Outgoing(server.send);
    other.open('u2');
    expect(other.of('c1')).toEqual([]);
  });
});
