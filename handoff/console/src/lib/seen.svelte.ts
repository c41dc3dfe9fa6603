/** How far somebody has looked at each conversation, so that what is new since then can be marked. */

import { SvelteMap } from 'svelte/reactivity';
import { recall, remember } from './storage';
import type { Case } from './types';

interface Mark {
  position: number;
  /** The `last_message_at` that was known then. */
  at: string | null;
}

const KEPT = 300;
const marks = new SvelteMap<string, Mark>();
let key = 'desk.seen';

/** Take up what this person looked at in this tab. */
export function openSeen(me: string): void {
  key = `desk.${me}.seen`;
  marks.clear();
  for (const [caseId, mark] of recall<[string, Mark][]>('session', key) ?? []) marks.set(caseId, mark);
}

export function seenPosition(caseId: string): number | null {
  return marks.get(caseId)?.position ?? null;
}

export function markSeen(caseId: string, position: number, at: string | null): void {
  const known = marks.get(caseId);
  if (known !== undefined && known.position >= position && known.at === at) return;
  marks.set(caseId, { position: Math.max(position, known?.position ?? 0), at });
  remember('session', key, [...marks].slice(-KEPT));
}

/** Has a case that was looked at before got something newer? */
export function isUnread(item: Case): boolean {
  const mark = marks.get(item.id);
  if (mark === undefined || item.last_message_at === null) return false;
  return mark.at === null || Date.parse(item.last_message_at) > Date.parse(mark.at);
}
