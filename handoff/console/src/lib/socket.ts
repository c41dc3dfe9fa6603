/** A WebSocket that comes back by itself, and says when it is away. */

import type { ClientFrame, ServerFrame } from './types';

export type SocketState = 'connecting' | 'live' | 'away';

/** The server pings every 15 s; a line that is silent for longer than this is dead. */
const SILENCE_MS = 40_000;
const FIRST_MS = 500;
const LONGEST_MS = 20_000;

/** How long to wait before try number `tries` (from 0): doubling, with up to half of it by chance. */
export function backoff(tries: number, chance: number = Math.random()): number {
  const whole = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(tries, 10));
  return Math.round(whole / 2 + (whole / 2) * chance);
}

export interface SocketEvents {
  frame(frame: ServerFrame): void;
  /** `retryAt` is set in milliseconds of Date.now() while `state` is away. */
  state(state: SocketState, retryAt: number | null): void;
  /** Asked before every further try; false ends the trying (the session is over). */
  mayRetry(): Promise<boolean>;
}

export class LiveSocket {
  #url: string;
  #events: SocketEvents;
  #socket: WebSocket | null = null;
  #tries = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #silence: ReturnType<typeof setTimeout> | undefined;
  #stopped = true;

  constructor(url: string, events: SocketEvents) {
    this.#url = url;
    this.#events = events;
  }

  start(): void {
    if (!this.#stopped) return;
    this.#stopped = false;
    this.#tries = 0;
    this.#connect();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    this.#drop();
  }

  /** Try at once: the user asks for it, or the browser says the network is back. */
  retryNow(): void {
    if (this.#stopped || this.#socket !== null) return;
    clearTimeout(this.#timer);
    void this.#retry();
  }

  /** The browser says that the network is gone: do not wait for silence to prove it. */
  lost(): void {
    if (this.#stopped || this.#socket === null) return;
    this.#drop();
    this.#wait();
  }

  /** Send when the line is open; what is sent here may be lost without harm. */
  send(frame: ClientFrame): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(frame));
  }

  #connect(): void {
    this.#events.state('connecting', null);
    const socket = new WebSocket(this.#url);
    this.#socket = socket;
    this.#listen();
    socket.onopen = () => {
      this.#tries = 0;
      this.#listen();
      this.#events.state('live', null);
    };
    socket.onmessage = (event: MessageEvent) => {
      this.#listen();
      const frame = readFrame(event.data);
      if (frame === null) return;
      if (frame.type === 'ping') this.send({ type: 'pong' });
      else this.#events.frame(frame);
    };
    socket.onclose = () => {
      if (this.#socket !== socket) return;
      this.#drop();
      this.#wait();
    };
  }

  #listen(): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.lost(), SILENCE_MS);
  }

  #drop(): void {
    clearTimeout(this.#silence);
    const socket = this.#socket;
    this.#socket = null;
    if (socket === null) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close();
  }

  #wait(): void {
    if (this.#stopped) return;
    const delay = backoff(this.#tries++);
    this.#events.state('away', Date.now() + delay);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#retry(), delay);
  }

  async #retry(): Promise<void> {
    const may = await this.#events.mayRetry().catch(() => true);
    if (this.#stopped || this.#socket !== null) return;
    if (may) this.#connect();
    else this.stop();
  }
}

function readFrame(data: unknown): ServerFrame | null {
  if (typeof data !== 'string') return null;
  try {
    const frame = JSON.parse(data) as { type?: unknown } | null;
    return typeof frame?.type === 'string' ? (frame as ServerFrame) : null;
  } catch {
    return null;
  }
}
