/** Puts messages and the case's events in one line of time. */

import { outermost } from './evidence';
import type { CaseEvent, Evidence, StaffMessage } from './types';

export type Entry =
  | { kind: 'message'; key: string; message: StaffMessage }
  | { kind: 'event'; key: string; event: CaseEvent }
  | { kind: 'new'; key: 'new' };

/** Pages go to the supervisor's log and would only make noise between the words. */
const SHOWN: ReadonlySet<CaseEvent['kind']> = new Set([
  'opened',
  'raised',
  'requested',
  'claimed',
  'released',
  'note',
  'closed',
]);

/**
 * Messages keep the order of their positions; an event goes before the first message later than it.
 *
 * `newAfter` puts a mark in front of the first message of the citizen that came after that position.
 * Events older than the first loaded message wait until that page is fetched.
 */
export function timeline(
  messages: readonly StaffMessage[],
  events: readonly CaseEvent[],
  more: boolean,
  newAfter: number | null,
): Entry[] {
  const oldest = more ? Date.parse(messages[0]?.at ?? '') : -Infinity;
  const waiting = events
    .filter((e) => SHOWN.has(e.kind) && Date.parse(e.at) >= oldest)
    .toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at));
  const entries: Entry[] = [];
  let marked = newAfter === null;
  let next = 0;
  const push = (event: CaseEvent) => entries.push({ kind: 'event', key: `e${event.id}`, event });
  for (const message of messages) {
    for (; next < waiting.length; next++) {
      const event = waiting[next] as CaseEvent;
      if (Date.parse(event.at) >= Date.parse(message.at)) break;
      push(event);
    }
    if (!marked && message.author === 'citizen' && message.position > (newAfter ?? 0)) {
      entries.push({ kind: 'new', key: 'new' });
      marked = true;
    }
    entries.push({ kind: 'message', key: `m${message.position}`, message });
  }
  waiting.slice(next).forEach(push);
  return entries;
}

export interface Reason {
  evidence: Evidence;
  /** The message that holds it; null when it came with an event only. */
  position: number | null;
  at: string;
}

/** Everything that speaks for the level, the most urgent first, then the newest. */
export function reasons(messages: readonly StaffMessage[], events: readonly CaseEvent[]): Reason[] {
  const found: Reason[] = messages.flatMap((m) =>
    [m.evidence, ...m.edited.map((v) => v.evidence ?? [])].flatMap(outermost).map((evidence) => ({
      evidence,
      position: m.position,
      at: m.at,
    })),
  );
  const known = new Set(found.map((r) => `${r.evidence.rule} ${r.evidence.quote}`));
  for (const e of events) {
    if (e.rule === null || e.level === null || known.has(`${e.rule} ${e.quote ?? ''}`)) continue;
    const evidence = { quote: e.quote ?? '', rule: e.rule, start: -1, end: -1, level: e.level };
    found.push({ evidence, position: null, at: e.at });
  }
  return found.sort(
    (a, b) =>
      b.evidence.level.localeCompare(a.evidence.level) || Date.parse(b.at) - Date.parse(a.at),
  );
}
