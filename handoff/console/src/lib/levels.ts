/** A level's shape and order; its words are in the dictionary, its colours in tokens.css. */

import type { Case, Level } from './types';

export const LEVELS: readonly Level[] = ['L0', 'L1', 'L2', 'L3', 'L4'];

export const SHAPES: Readonly<Record<Level, string>> = {
  L4: '■',
  L3: '▲',
  L2: '●',
  L1: '○',
  L0: '○',
};

export function rank(level: Level): number {
  return LEVELS.indexOf(level);
}

/** L3 and above: somebody has to take it now, and it closes with a written note only. */
export function isUrgent(level: Level): boolean {
  return rank(level) >= 3;
}

export interface Queue {
  urgent: Case[];
  mine: Case[];
  waiting: Case[];
  others: Case[];
}

/** Sort the overview into what one counsellor sees, keeping the server's order within each part. */
export function arrange(cases: readonly Case[], me: string): Queue {
  const queue: Queue = { urgent: [], mine: [], waiting: [], others: [] };
  for (const item of cases) {
    if (item.status === 'waiting') (isUrgent(item.level) ? queue.urgent : queue.waiting).push(item);
    else if (item.owner?.id === me) queue.mine.push(item);
    else queue.others.push(item);
  }
  return queue;
}

/** Does `item` hold every word of the filter: its number, quote, owner, channel or language? */
export function matches(item: Case, filter: string): boolean {
  const hay = [
    `#${item.number}`,
    item.quote ?? '',
    item.owner?.name ?? '',
    item.channel,
    item.language,
    item.level,
  ]
    .join(' ')
    .toLowerCase();
  return filter
    .toLowerCase()
    .split(/\s+/u)
    .every((word) => hay.includes(word));
}
