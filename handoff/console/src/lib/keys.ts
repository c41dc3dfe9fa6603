/** One key for each thing a counsellor does often. */

export type Action = 'next' | 'previous' | 'claim' | 'reply' | 'note' | 'close' | 'filter' | 'help';

export const KEYS: Readonly<Record<string, Action>> = {
  j: 'next',
  k: 'previous',
  c: 'claim',
  r: 'reply',
  n: 'note',
  x: 'close',
  '/': 'filter',
  '?': 'help',
};

/** Does the key go to a field, where a letter is a letter? */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName);
}

/** The action of a key press, or null when it is none of ours. */
export function actionOf(event: KeyboardEvent): Action | null {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return null;
  if (isTyping(event.target)) return null;
  return KEYS[event.key.length === 1 ? event.key.toLowerCase() : event.key] ?? null;
}

/**
 * Does this press send what is in the box?
 *
 * Enter also ends the choosing of a Chinese word; keyCode 229 is how Safari says so after the
 * composition is over. On a touch keyboard Enter breaks the line, since there is no Shift at hand.
 */
export function isSend(event: KeyboardEvent, touch: boolean): boolean {
  if (event.key !== 'Enter' || event.isComposing || event.keyCode === 229) return false;
  if (event.ctrlKey || event.metaKey) return true;
  return !event.shiftKey && !event.altKey && !touch;
}
