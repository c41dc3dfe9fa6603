/** What the server tells all the time: the queue, who is there, what changed. */

import { SvelteMap } from 'svelte/reactivity';
import * as api from './api';
import { alerts } from './alerts.svelte';
import { clock } from './clock.svelte';
import { session } from './session.svelte';
import { LiveSocket, type SocketState } from './socket';
import type { Case, Overview, ServerFrame } from './types';

export interface Presence {
  online: boolean;
  typing: boolean;
  at: number;
}

/** A "typing" that is not repeated is over after this. */
export const TYPING_MS = 6_000;

class Live {
  state = $state<SocketState>('connecting');
  retryAt = $state<number | null>(null);
  overview = $state.raw<Overview | null>(null);
  presence = new SvelteMap<string, Presence>();
  /** A conversation changed. */
  onConversation: (caseId: string) => void = () => {};
  /** The line is (back) up. */
  onLive: () => void = () => {};
  #socket: LiveSocket | null = null;
  #watched: string | null = null;
  #typed = 0;

  start(): void {
    this.stop();
    const scheme = window.location.protocol === 'https:' ? 'wss' : 'ws';
    this.#socket = new LiveSocket(`${scheme}://${window.location.host}/staff/api/live`, {
      frame: (frame) => this.receive(frame),
      state: (state, retryAt) => this.#changed(state, retryAt),
      mayRetry: () => this.#mayRetry(),
    });
    this.#socket.start();
    window.addEventListener('online', this.#online);
    window.addEventListener('offline', this.#offline);
  }

  stop(): void {
    window.removeEventListener('online', this.#online);
    window.removeEventListener('offline', this.#offline);
    this.#socket?.stop();
    this.#socket = null;
    this.overview = null;
    this.presence.clear();
    this.state = 'connecting';
  }

  retryNow(): void {
    this.#socket?.retryNow();
  }

  /** Say which case is on the screen, so that its presence is sent. */
  watch(caseId: string | null): void {
    if (this.#watched === caseId) return;
    this.#watched = caseId;
    this.#socket?.send({ type: 'watch', case: caseId });
  }

  typing(caseId: string): void {
    if (Date.now() - this.#typed < 3000) return;
    this.#typed = Date.now();
    this.#socket?.send({ type: 'typing', case: caseId });
  }

  find(caseId: string): Case | null {
    return this.overview?.cases.find((c) => c.id === caseId) ?? null;
  }

  /** Show what our own request changed before the overview comes. */
  apply(item: Case): void {
    if (this.overview === null) return;
    const cases =
      item.status === 'closed'
        ? this.overview.cases.filter((c) => c.id !== item.id)
        : this.overview.cases.map((c) => (c.id === item.id && item.version >= c.version ? item : c));
    this.overview = { ...this.overview, cases };
  }

  receive(frame: ServerFrame): void {
    switch (frame.type) {
      case 'overview':
        this.#setOverview(frame.overview);
        break;
      case 'conversation':
        this.onConversation(frame.case);
        break;
      case 'presence': {
        const { online, typing } = frame;
        this.presence.set(frame.conversation, { online, typing, at: Date.now() });
        break;
      }
      case 'alert':
        alerts.heard(frame.case, frame.text, frame.step);
        break;
      case 'ping':
        break;
    }
  }

  #setOverview(overview: Overview): void {
    clock.set(overview.server_time);
    void session.checkDuty(overview.on_duty);
    this.overview = overview;
    alerts.catchUp(overview);
  }

  #changed(state: SocketState, retryAt: number | null): void {
    this.state = state;
    this.retryAt = retryAt;
    if (state === 'live') {
      this.#socket?.send({ type: 'watch', case: this.#watched });
      this.onLive();
    } else if (state === 'away') {
      this.presence.clear();
    }
  }

  /** Plain HTTP may work where the socket does not; it also tells when the session is over. */
  async #mayRetry(): Promise<boolean> {
    try {
      this.#setOverview(await api.getOverview());
    } catch (error) {
      return !(error instanceof api.ApiError && (error.status === 401 || error.status === 403));
    }
    return true;
  }

  #online = (): void => this.retryNow();
  #offline = (): void => this.#socket?.lost();
}

export const live = new Live();
