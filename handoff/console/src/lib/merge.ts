/** Joins a fresh page of messages with what is on the screen already. */

import type { StaffMessage } from './types';

export interface Pages {
  messages: StaffMessage[];
  /** There are earlier ones on the server. */
  more: boolean;
}

/**
 * The latest page replaces what it covers; earlier pages stay in front of it.
 *
 * After a long absence the latest page may begin beyond what is known. A conversation with a hole in
 * it would mislead, so the earlier pages are let go then and can be fetched again.
 */
export function mergeLatest(known: Pages, latest: Pages): Pages {
  const first = latest.messages[0];
  if (first === undefined) return known.messages.length > 0 ? known : latest;
  const earlier = known.messages.filter((m) => m.position < first.position);
  const reached = known.messages.at(-1)?.position ?? 0;
  if (earlier.length === 0 || (latest.more && reached < first.position - 1)) return latest;
  return { messages: [...earlier, ...latest.messages], more: known.more };
}

/** Put an earlier page in front. */
export function mergeEarlier(known: Pages, page: Pages): Pages {
  const first = known.messages[0]?.position ?? Infinity;
  const earlier = page.messages.filter((m) => m.position < first);
  return { messages: [...earlier, ...known.messages], more: page.more };
}

/** Put in one message that was just sent, once, in its place. */
export function mergeOne(known: Pages, message: StaffMessage): Pages {
  const rest = known.messages.filter((m) => m.id !== message.id && m.position !== message.position);
  const messages = [...rest, message].sort((a, b) => a.position - b.position);
  return { messages, more: known.more };
}
