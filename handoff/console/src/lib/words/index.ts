/** The words of the language that is chosen now. */

import { prefs } from '../prefs.svelte';
import { en } from './en';
import { zh, type Words } from './zh';

export type { Words } from './zh';

/** Reactive: read it in markup or in `$derived`. */
export function words(): Words {
  return prefs.language === 'zh' ? zh : en;
}

/** The dictionary's word for a key that the server may extend; the bare key when there is none. */
export function wordFor(table: Readonly<Record<string, string>>, key: string): string {
  return table[key] ?? key;
}
