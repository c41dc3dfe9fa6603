/** What was typed and not sent yet, kept for this tab by person and case. */

import { forget, recall, remember } from './storage';

export type DraftKind = 'reply' | 'note' | 'close';

function key(me: string, kind: DraftKind, caseId: string): string {
  return `desk.${me}.${kind}.${caseId}`;
}

export function readDraft(me: string, kind: DraftKind, caseId: string): string {
  return recall<string>('session', key(me, kind, caseId)) ?? '';
}

export function keepDraft(me: string, kind: DraftKind, caseId: string, text: string): void {
  if (text === '') forget('session', key(me, kind, caseId));
  else remember('session', key(me, kind, caseId), text);
}
