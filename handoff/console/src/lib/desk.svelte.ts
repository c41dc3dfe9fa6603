/** What a counsellor does at the desk: choose, claim, release, close, note. */

import * as api from './api';
import { newClientId } from './ids';
import { arrange, matches } from './levels';
import { conversation } from './conversation.svelte';
import { live } from './live.svelte';
import { router } from './route.svelte';
import { session } from './session.svelte';
import type { Case, Outcome } from './types';
import { words } from './words';

export interface Toast {
  text: string;
  tone: 'plain' | 'bad';
  action?: { label: string; run: () => void };
}

/** Which of the three panes a narrow screen shows. */
export type Step = 'queue' | 'conversation' | 'context';

const TOAST_MS = 8_000;

class Desk {
  filter = $state('');
  step = $state<Step>('queue');
  toast = $state.raw<Toast | null>(null);
  dialog = $state<'none' | 'close' | 'help'>('none');
  busy = $state(false);
  /** A note that failed keeps its name, so that saving it again cannot double it. */
  #noteIds = new Map<string, string>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** The queue as it is on the screen, filtered. */
  get queue() {
    const cases = live.overview?.cases ?? [];
    const shown = this.filter.trim() === '' ? cases : cases.filter((c) => matches(c, this.filter.trim()));
    return arrange(shown, session.me?.id ?? '');
  }

  get visible(): Case[] {
    const { urgent, mine, waiting, others } = this.queue;
    return [...urgent, ...mine, ...waiting, ...others];
  }

  select(caseId: string | null, step: Step = 'conversation'): void {
    const page = router.route.page === 'closed' ? 'closed' : 'desk';
    const stepping = 'case' in router.route && router.route.case !== null;
    router.go({ page, case: caseId }, stepping);
    this.step = caseId === null ? 'queue' : step;
  }

  move(by: 1 | -1): void {
    const list = this.visible;
    if (list.length === 0) return;
    const at = list.findIndex((c) => c.id === conversation.caseId);
    const next = at < 0 ? (by === 1 ? 0 : list.length - 1) : at + by;
    const item = list[Math.max(0, Math.min(list.length - 1, next))];
    if (item !== undefined) this.select(item.id);
  }

  isMine(item: Case | null): boolean {
    return item?.status === 'claimed' && item.owner?.id === session.me?.id;
  }

  async claim(item: Case): Promise<boolean> {
    return this.#do(async () => {
      try {
        conversation.apply(await api.claim(item.id));
      } catch (error) {
        if (!(error instanceof api.ApiError) || error.code !== 'already_claimed') throw error;
        const owner = error.owner;
        this.say(owner === null ? words().notWaiting : words().alreadyClaimed(owner.name), 'bad');
        void conversation.refresh();
        return false;
      }
      this.select(item.id);
      this.say(words().claimed);
      void conversation.refresh();
      return true;
    });
  }

  async release(item: Case): Promise<boolean> {
    return this.#do(async () => {
      const released = await api.release(item.id);
      conversation.apply(released);
      const action = { label: words().undo, run: () => void this.claim(released) };
      this.say(words().released, 'plain', action);
      void conversation.refresh();
      return true;
    });
  }

  /** Errors of the form go to the form: this one throws. */
  async close(item: Case, outcome: Outcome, note: string, resume: boolean): Promise<void> {
    const body = { outcome, note, ...(resume ? { resume_assessment: true } : {}) };
    conversation.apply(await api.close(item.id, body));
    this.say(words().closedDone);
    void conversation.refresh();
  }

  async note(caseId: string, text: string): Promise<void> {
    const key = `${caseId} ${text}`;
    const clientId = this.#noteIds.get(key) ?? newClientId();
    this.#noteIds.set(key, clientId);
    conversation.noted(caseId, await api.addNote(caseId, { client_id: clientId, text }));
    this.#noteIds.delete(key);
  }

  async retry(messageId: string): Promise<void> {
    await this.#do(async () => {
      await api.retry(messageId);
      void conversation.refresh();
      return true;
    });
  }

  async setDuty(on: boolean): Promise<void> {
    await this.#do(async () => {
      await session.setDuty(on);
      return true;
    });
  }

  say(text: string, tone: Toast['tone'] = 'plain', action?: Toast['action']): void {
    this.toast = { text, tone, ...(action === undefined ? {} : { action }) };
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => (this.toast = null), TOAST_MS);
  }

  async #do(work: () => Promise<boolean>): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    try {
      return await work();
    } catch (error) {
      this.say(sentence(error), 'bad');
      return false;
    } finally {
      this.busy = false;
    }
  }
}

/** An error in words. */
export function sentence(error: unknown): string {
  const w = words();
  if (error instanceof api.NetworkError) return w.unreachable;
  if (!(error instanceof api.ApiError)) return w.actionFailed;
  if (error.code === 'not_owner') return w.notMine;
  if (error.status === 403) return w.forbidden;
  if (error.status === 404) return w.notFound;
  return w.actionFailed;
}

export const desk = new Desk();
