/** The one conversation on the screen. */

import * as api from './api';
import { live } from './live.svelte';
import { mergeEarlier, mergeLatest, mergeOne } from './merge';
import { outgoing } from './outgoing.svelte';
import { seenPosition } from './seen.svelte';
import type { Case, CaseEvent, CaseView, StaffMessage } from './types';

export type Problem = 'network' | 'not_found' | 'forbidden' | 'other';

class Conversation {
  caseId = $state<string | null>(null);
  view = $state.raw<CaseView | null>(null);
  problem = $state<Problem | null>(null);
  loadingEarlier = $state(false);
  /** Messages after this were new when the conversation was opened. */
  newAfter = $state<number | null>(null);
  #again = false;
  #running = false;

  /** The case in its latest known version: the queue may know more than the view. */
  get case(): Case | null {
    const own = this.view?.case ?? null;
    if (this.caseId === null) return null;
    const queued = live.find(this.caseId);
    if (queued === null) return own;
    return own === null || queued.version >= own.version ? queued : own;
  }

  get messages(): readonly StaffMessage[] {
    return this.view?.messages ?? [];
  }

  open(caseId: string | null): void {
    if (caseId === this.caseId) return;
    this.caseId = caseId;
    this.view = null;
    this.problem = null;
    this.newAfter = caseId === null ? null : seenPosition(caseId);
    live.watch(caseId);
    if (caseId !== null) void this.refresh();
  }

  /** Ask for the case again; calls while one is under way become one more after it. */
  async refresh(): Promise<void> {
    this.#again = true;
    if (this.#running) return;
    this.#running = true;
    try {
      while (this.#again && this.caseId !== null) {
        this.#again = false;
        await this.#fetch(this.caseId);
      }
    } finally {
      this.#running = false;
    }
  }

  changed(caseId: string): void {
    if (caseId === this.caseId) void this.refresh();
  }

  async earlier(): Promise<void> {
    const first = this.messages[0];
    const caseId = this.caseId;
    if (caseId === null || first === undefined || this.loadingEarlier || !this.view?.more) return;
    this.loadingEarlier = true;
    try {
      const page = await api.getEarlier(caseId, first.position);
      if (this.caseId === caseId && this.view !== null) {
        this.view = { ...this.view, ...mergeEarlier(this.view, page) };
      }
    } catch (error) {
      if (this.caseId === caseId) this.problem = problemOf(error);
    } finally {
      this.loadingEarlier = false;
    }
  }

  /** Our own message was confirmed. */
  sent(caseId: string, message: StaffMessage): void {
    if (caseId !== this.caseId || this.view === null) return;
    const position = Math.max(this.view.position, message.position);
    this.view = { ...this.view, ...mergeOne(this.view, message), position };
  }

  /** Our own note was kept. */
  noted(caseId: string, event: CaseEvent): void {
    if (caseId !== this.caseId || this.view === null) return;
    const events = [...this.view.events.filter((e) => e.id !== event.id), event];
    this.view = { ...this.view, events };
  }

  apply(item: Case): void {
    live.apply(item);
    if (item.id === this.caseId && this.view !== null) this.view = { ...this.view, case: item };
  }

  async #fetch(caseId: string): Promise<void> {
    try {
      const fresh = await api.getCase(caseId);
      if (this.caseId !== caseId) return;
      this.view = this.view === null ? fresh : { ...fresh, ...mergeLatest(this.view, fresh) };
      this.problem = null;
      outgoing.reconcile(caseId, fresh.messages);
    } catch (error) {
      if (this.caseId === caseId) this.problem = problemOf(error);
    }
  }
}

function problemOf(error: unknown): Problem {
  if (!(error instanceof api.ApiError)) return 'network';
  if (error.status === 404) return 'not_found';
  return error.status === 403 ? 'forbidden' : 'other';
}

export const conversation = new Conversation();
