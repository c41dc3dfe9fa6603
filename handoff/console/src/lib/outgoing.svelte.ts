/** What a counsellor has said and the server has not confirmed: shown at once, sent once, never lost. */

import { SvelteMap } from 'svelte/reactivity';
import { ApiError, send as sendByApi } from './api';
import { newClientId } from './ids';
import { backoff } from './socket';
import { recall, remember } from './storage';
import type { StaffMessage } from './types';

export type PendingState = 'queued' | 'sending' | 'offline' | 'failed' | 'stale';

export interface Pending {
  clientId: string;
  text: string;
  /** The last position that was on the screen when it was written. */
  seen: number;
  at: number;
  state: PendingState;
  /** The server's error code, for the words beside a failed one. */
  code: string | null;
  /** For a stale one: how far the conversation is now. */
  position: number | null;
}

type Send = typeof sendByApi;
export type Sent = (caseId: string, message: StaffMessage) => void;

/** What a reload finds and is older than this is not sent without a click. */
const FRESH_MS = 120_000;

export class Outgoing {
  #cases = new SvelteMap<string, Pending[]>();
  #busy = new Set<string>();
  #tries = new Map<string, number>();
  #timers = new Map<string, ReturnType<typeof setTimeout>>();
  #me = '';
  #send: Send;
  /** Called with each message that the server has confirmed. */
  onSent: Sent = () => {};
  /** Called when the server says that the citizen wrote meanwhile. */
  onStale: (caseId: string) => void = () => {};

  constructor(send: Send = sendByApi) {
    this.#send = send;
  }

  of(caseId: string): readonly Pending[] {
    return this.#cases.get(caseId) ?? [];
  }

  /** Take up what this person left unsent in this tab. */
  open(me: string): void {
    this.#me = me;
    this.#cases.clear();
    const kept = recall<Record<string, Pending[]>>('session', this.#key()) ?? {};
    for (const [caseId, list] of Object.entries(kept)) {
      this.#cases.set(caseId, list.map(thawed));
    }
    this.resume();
  }

  add(caseId: string, text: string, seen: number): Pending {
    const pending: Pending = {
      clientId: newClientId(),
      text,
      seen,
      at: Date.now(),
      state: 'queued',
      code: null,
      position: null,
    };
    this.#put(caseId, [...this.of(caseId), pending]);
    void this.#pump(caseId);
    return pending;
  }

  /** Send a failed or stale one after all; `seen` says what is on the screen by now. */
  again(caseId: string, clientId: string, seen?: number): void {
    this.#change(caseId, clientId, {
      state: 'queued',
      code: null,
      position: null,
      ...(seen === undefined ? {} : { seen }),
    });
    void this.#pump(caseId);
  }

  /** Remove one that is not under way, and return its text. */
  take(caseId: string, clientId: string): string | null {
    const found = this.of(caseId).find((p) => p.clientId === clientId);
    if (found === undefined || found.state === 'sending') return null;
    this.#drop(caseId, clientId);
    void this.#pump(caseId);
    return found.text;
  }

  /** The conversation came anew: what is in it has arrived. */
  reconcile(caseId: string, messages: readonly StaffMessage[]): void {
    const pending = this.of(caseId);
    if (pending.length === 0) return;
    const arrived = new Set(messages.map((m) => m.client_id));
    const left = pending.filter((p) => !arrived.has(p.clientId));
    if (left.length < pending.length) this.#put(caseId, left);
  }

  /** The network is back. */
  resume(): void {
    for (const caseId of this.#cases.keys()) {
      clearTimeout(this.#timers.get(caseId));
      this.#tries.delete(caseId);
      void this.#pump(caseId);
    }
  }

  /** One at a time, in the order they were written: the citizen must read them in that order. */
  async #pump(caseId: string): Promise<void> {
    if (this.#busy.has(caseId)) return;
    this.#busy.add(caseId);
    try {
      for (;;) {
        const next = this.of(caseId)[0];
        if (next === undefined || next.state === 'failed' || next.state === 'stale') return;
        this.#change(caseId, next.clientId, { state: 'sending' });
        if (!(await this.#sendOne(caseId, next))) return;
      }
    } finally {
      this.#busy.delete(caseId);
    }
  }

  /** Send `next`; false when the queue has to stop here. */
  async #sendOne(caseId: string, next: Pending): Promise<boolean> {
    try {
      const { clientId, text, seen } = next;
      const message = await this.#send(caseId, { client_id: clientId, text, seen });
      this.#tries.delete(caseId);
      // In this order, so that it is never off the screen.
      this.onSent(caseId, message);
      this.#drop(caseId, clientId);
      return true;
    } catch (error) {
      this.#failed(caseId, next.clientId, error);
      return false;
    }
  }

  #failed(caseId: string, clientId: string, error: unknown): void {
    if (!(error instanceof ApiError) || error.status === 429) {
      // Whether it arrived is not known; the same client_id makes a repeat harmless.
      this.#change(caseId, clientId, { state: 'offline' });
      const tries = this.#tries.get(caseId) ?? 0;
      this.#tries.set(caseId, tries + 1);
      clearTimeout(this.#timers.get(caseId));
      this.#timers.set(
        caseId,
        setTimeout(() => void this.#pump(caseId), backoff(tries + 1)),
      );
    } else if (error.code === 'stale_view') {
      this.#change(caseId, clientId, { state: 'stale', position: error.number('position') });
      this.onStale(caseId);
    } else {
      this.#change(caseId, clientId, { state: 'failed', code: error.code });
    }
  }

  #change(caseId: string, clientId: string, change: Partial<Pending>): void {
    this.#put(
      caseId,
      this.of(caseId).map((p) => (p.clientId === clientId ? { ...p, ...change } : p)),
    );
  }

  #drop(caseId: string, clientId: string): void {
    this.#put(
      caseId,
      this.of(caseId).filter((p) => p.clientId !== clientId),
    );
  }

  #put(caseId: string, list: Pending[]): void {
    if (list.length === 0) this.#cases.delete(caseId);
    else this.#cases.set(caseId, list);
    remember('session', this.#key(), Object.fromEntries(this.#cases));
  }

  #key(): string {
    return `desk.${this.#me}.outgoing`;
  }
}

function thawed(pending: Pending): Pending {
  if (pending.state === 'failed' || pending.state === 'stale') return pending;
  const fresh = Date.now() - pending.at < FRESH_MS;
  return { ...pending, state: fresh ? 'queued' : 'failed' };
}

export const outgoing = new Outgoing();
