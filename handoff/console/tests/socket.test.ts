import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { backoff, LiveSocket, type SocketState } from '../src/lib/socket';
import type { ServerFrame } from '../src/lib/types';

/** A WebSocket that a test opens, feeds and cuts. */
class FakeSocket {
  static readonly OPEN = 1;
  static all: FakeSocket[] = [];
  static get last(): FakeSocket {
    const last = FakeSocket.all.at(-1);
    if (last === undefined) throw new Error('No socket was made.');
    return last;
  }
  readyState = 0;
  sent: unknown[] = [];
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: (() => void) | null = null;

  constructor(readonly url: string) {
    FakeSocket.all.push(this);
  }
  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }
  close(): void {
    this.readyState = 3;
  }
  open(): void {
    this.readyState = 1;
    this.onopen?.();
  }
  say(frame: unknown): void {
    this.onmessage?.({ data: typeof frame === 'string' ? frame : JSON.stringify(frame) });
  }
  cut(): void {
    this.readyState = 3;
    this.onclose?.();
  }
}

describe('backoff', () => {
  it('doubles up to a limit, half of it by chance', () => {
    expect([0, 1, 2, 3].map((n) => backoff(n, 1))).toEqual([500, 1000, 2000, 4000]);
    expect(backoff(30, 1)).toBe(20_000);
    expect(backoff(2, 0)).toBe(1000);
  });
});

describe('LiveSocket', () => {
  let frames: ServerFrame[];
  let states: SocketState[];
  let may: boolean;
  let socket: LiveSocket;

  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal('WebSocket', FakeSocket);
    FakeSocket.all = [];
    frames = [];
    states = [];
    may = true;
    socket = new LiveSocket('ws://desk/live', {
      frame: (frame) => frames.push(frame),
      state: (state) => states.push(state),
      mayRetry: () => Promise.resolve(may),
    });
    socket.start();
  });
  afterEach(() => {
    socket.stop();
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it('hands on frames and answers pings by itself', () => {
    FakeSocket.last.open();
    FakeSocket.last.say({ type: 'ping' });
    FakeSocket.last.say({ type: 'conversation', conversation: 'v', case: 'c', position: 1 });
    FakeSocket.last.say('not json');
    expect(frames.map((f) => f.type)).toEqual(['conversation']);
    expect(FakeSocket.last.sent).toEqual([{ type: 'pong' }]);
  });

  it('comes back after a cut, waiting longer each time', async () => {
    FakeSocket.last.open();
    for (const longest of [500, 1000, 2000]) {
      const before = FakeSocket.all.length;
      FakeSocket.last.cut();
      await vi.advanceTimersByTimeAsync(longest / 2 - 1);
      expect(FakeSocket.all).toHaveLength(before);
      await vi.advanceTimersByTimeAsync(longest);
      expect(FakeSocket.all).toHaveLength(before + 1);
    }
    expect(states.slice(0, 4)).toEqual(['connecting', 'live', 'away', 'connecting']);
  });

  it('begins again with short waits after it was live', async () => {
    for (let i = 0; i < 6; i++) {
      FakeSocket.last.cut();
      await vi.advanceTimersByTimeAsync(20_000);
    }
    FakeSocket.last.open();
    const before = FakeSocket.all.length;
    FakeSocket.last.cut();
    await vi.advanceTimersByTimeAsync(500);
    expect(FakeSocket.all).toHaveLength(before + 1);
  });

  it('takes silence for a dead line', async () => {
    FakeSocket.last.open();
    await vi.advanceTimersByTimeAsync(39_000);
    FakeSocket.last.say({ type: 'ping' });
    await vi.advanceTimersByTimeAsync(39_000);
    expect(states.at(-1)).toBe('live');
    await vi.advanceTimersByTimeAsync(1_100);
    expect(states.at(-1)).toBe('away');
  });

  it('stops when the session is over', async () => {
    may = false;
    FakeSocket.last.cut();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(FakeSocket.all).toHaveLength(1);
  });

  it('tries at once when asked', async () => {
    FakeSocket.last.cut();
    socket.retryNow();
    await vi.advanceTimersByTimeAsync(0);
    expect(FakeSocket.all).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(FakeSocket.all).toHaveLength(2);
  });
});
