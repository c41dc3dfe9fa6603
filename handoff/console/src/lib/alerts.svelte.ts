/** Calls a counsellor: once for each case and step, by sound, notification and the page's title. */

import { clock } from './clock.svelte';
import { isUrgent, rank, SHAPES } from './levels';
import { session } from './session.svelte';
import { playLevel, soundIsOn, unlockSound } from './sound';
import { recall, remember } from './storage';
import type { AlertText, Case, Level, Me, Overview } from './types';
import { wordFor, words } from './words';

const KEPT = 400;
const SEEN = 'desk.alerted';

export interface AlertSinks {
  unlock(): Promise<boolean>;
  play(level: Level): boolean;
  notify(item: Case, text: AlertText): void;
}

/** An unanswered citizen calls supervisors as well after this long. */
const SUPERVISOR_MS = 180_000;

/**
 * What an alert is told apart by: a level reached is one step, whichever way we hear of it.
 *
 * Null when each frame is a step of its own; the server sends it once.
 */
export function alertKey(item: Case, text: AlertText, step: number | undefined): string | null {
  if (text === 'opened' || text === 'raised') return `${item.id}:${item.level}`;
  return step === undefined ? null : `${item.id}:${text}:${step}`;
}

/** Whom an alert is for: what waits calls everyone on duty, what is owned its owner. */
export function concerns(me: Me, item: Case, text: AlertText): boolean {
  if (item.owner === null) return me.on_duty && text !== 'unanswered';
  if (item.owner.id === me.id) return true;
  const late = item.unanswered_since !== null && clock.since(item.unanswered_since) >= SUPERVISOR_MS;
  return text === 'unanswered' && late && me.on_duty && me.roles.includes('supervisor');
}

export class Alerts {
  /** Read aloud at once. */
  urgent = $state('');
  /** Read aloud when there is a pause. */
  polite = $state('');
  soundLocked = $state(!soundIsOn());
  permission = $state<NotificationPermission>(permissionNow());
  #seen = new Set<string>(recall<string[]>('session', SEEN) ?? []);
  #missed: Level | null = null;
  #sinks: AlertSinks;

  constructor(sinks: AlertSinks = { unlock: unlockSound, play: playLevel, notify }) {
    this.#sinks = sinks;
  }

  /** An alert frame has come. */
  heard(item: Case, text: AlertText, step?: number): void {
    this.#raise(item, text, step);
  }

  /** What waits after an absence is called as well: its frame may have been sent while we were away. */
  catchUp(overview: Overview): void {
    for (const item of overview.cases) {
      if (item.status === 'waiting' && isUrgent(item.level)) this.#raise(item, 'opened', 1);
    }
  }

  /** The browser may play now: what it kept silent is heard after all, once, at its highest. */
  async unlock(): Promise<void> {
    this.soundLocked = !(await this.#sinks.unlock());
    if (this.soundLocked || this.#missed === null) return;
    this.#sinks.play(this.#missed);
    this.#missed = null;
  }

  async askPermission(): Promise<void> {
    if (typeof Notification === 'undefined') return;
    this.permission = await Notification.requestPermission();
  }

  #keepSilent(level: Level): void {
    this.soundLocked = true;
    if (this.#missed === null || rank(level) > rank(this.#missed)) this.#missed = level;
  }

  #raise(item: Case, text: AlertText, step: number | undefined): void {
    const me = session.me;
    if (me === null || !concerns(me, item, text)) return;
    const key = alertKey(item, text, step);
    if (key !== null) {
      if (this.#seen.has(key)) return;
      this.#seen.add(key);
      remember('session', SEEN, [...this.#seen].slice(-KEPT));
    }
    const w = words();
    const line = w.alertLine(w.levels[item.level], item.number, wordFor(w.alerts, text));
    if (isUrgent(item.level)) this.urgent = line;
    else this.polite = line;
    if (!this.#sinks.play(item.level)) this.#keepSilent(item.level);
    this.#sinks.notify(item, text);
  }
}

function permissionNow(): NotificationPermission {
  return typeof Notification === 'undefined' ? 'denied' : Notification.permission;
}

/** No word of the citizen's: a notification may show on a locked screen. */
function notify(item: Case, text: AlertText): void {
  if (permissionNow() !== 'granted' || document.hasFocus()) return;
  const w = words();
  const title = `${SHAPES[item.level]} ${w.levels[item.level]} · ${w.caseNumber(item.number)}`;
  try {
    const shown = new Notification(title, { body: wordFor(w.alerts, text), tag: item.id });
    shown.onclick = () => {
      window.focus();
      window.location.hash = `#/case/${encodeURIComponent(item.id)}`;
      shown.close();
    };
  } catch {
    // Phones allow notifications from a service worker only; sound and title remain.
  }
}

export const alerts = new Alerts();
