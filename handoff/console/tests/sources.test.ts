/** What every file of the console has to keep: the content policy, the words, the size, the contrast. */

import { describe, expect, it } from 'vitest';
import tokens from '../src/tokens.css?raw';
import index from '../index.html?raw';
import { en } from '../src/lib/words/en';
import { zh } from '../src/lib/words/zh';

const files = import.meta.glob<string>('../src/**/*.{ts,svelte,css}', {
  query: '?raw',
  import: 'default',
  eager: true,
});

describe('the content policy', () => {
  it('finds no inline style, no raw HTML, no eval and nothing from outside', () => {
    for (const [name, text] of Object.entries(files)) {
      expect(text, name).not.toBe('');
      expect(text, name).not.toMatch(/\sstyle="|\sstyle=\{|\sstyle:/u);
      expect(text, name).not.toMatch(/\{@html|innerHTML|\beval\(|new Function\(/u);
      expect(text, name).not.toMatch(/@import|url\(/u);
      expect(text, name).not.toMatch(/\s(?:src|srcset)="?https?:/u);
    }
  });

  it('holds in the page', () => {
    expect(index).not.toMatch(/<style|\sstyle=|\son\w+=|https?:/u);
    expect(index.match(/<script/gu)).toHaveLength(1);
    expect(index).toMatch(/<script type="module" src=/u);
  });

  it('fits each file in a head: under 400 lines', () => {
    for (const [name, text] of Object.entries(files)) {
      expect(text.split('\n').length, name).toBeLessThan(400);
    }
  });
});

describe('the words', () => {
  const flat = (table: object, path = ''): [string, unknown][] =>
    Object.entries(table).flatMap(([key, value]) =>
      typeof value === 'object' && value !== null
        ? flat(value as object, `${path}${key}.`)
        : [[`${path}${key}`, value] as [string, unknown]],
    );
  const ours = flat(zh);
  const theirs = new Map(flat(en));

  it('have the same keys in both languages, inner tables too', () => {
    expect(ours.map(([key]) => key)).toEqual([...theirs.keys()]);
  });

  it('are nowhere empty, and English is English', () => {
    const say = (word: unknown) =>
      typeof word === 'function' ? String((word as (...a: unknown[]) => unknown)(2, 3, 4)) : String(word);
    for (const [key, word] of ours) {
      expect(say(word), key).not.toBe('');
      if (key !== 'language') expect(say(theirs.get(key)), key).not.toMatch(/\p{Script=Han}/u);
    }
  });

  it('use Chinese punctuation in Chinese', () => {
    for (const [key, word] of ours) {
      expect(String(word), key).not.toMatch(/\p{Script=Han}[,:?!;]\p{Script=Han}/u);
    }
  });
});

describe('the contrast', () => {
  const themes = { light: {}, dark: {} } as Record<'light' | 'dark', Record<string, string>>;
  for (const theme of ['light', 'dark'] as const) {
    const block = new RegExp(`data-theme='${theme}'\\] \\{([^}]*)\\}`, 'u').exec(tokens)?.[1] ?? '';
    for (const [, name, value] of block.matchAll(/--([\w-]+): (#[0-9a-f]{6})/gu)) {
      themes[theme][name ?? ''] = value ?? '';
    }
  }
  const light = (hex: string) => {
    const [r = 0, g = 0, b = 0] = [1, 3, 5].map((i) => {
      const c = parseInt(hex.slice(i, i + 2), 16) / 255;
      return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ratio = (a: string, b: string) => {
    const [high = 0, low = 0] = [light(a), light(b)].sort((x, y) => y - x);
    return (high + 0.05) / (low + 0.05);
  };
  const grounds = ['ground', 'surface', 'raised', 'accent-soft', 'note'];
  const text: [string, string][] = [
    ...grounds.flatMap((g) => [['ink', g], ['ink-soft', g]] as [string, string][]),
    ...['surface', 'raised', 'ground'].flatMap((g) => [['accent', g], ['l4', g]] as [string, string][]),
    ['accent', 'accent-soft'],
    ['l4', 'accent-soft'],
    ['good', 'accent-soft'],
    ['good', 'surface'],
    ['accent-ink', 'accent'],
    ['surface', 'l4'],
    ['ink', 'mark'],
    ['ink', 'l1-soft'],
    ['ink', 'l2-soft'],
    ['ink', 'l3-soft'],
    ['l3', 'surface'],
    ...['l1', 'l2', 'l3', 'l4'].map((l) => [l, `${l}-soft`] as [string, string]),
  ];

  it.each(['light', 'dark'] as const)('of text is at least 4.5 in %s', (theme) => {
    for (const [ink, ground] of text) {
      const [a, b] = [themes[theme][ink], themes[theme][ground]];
      expect(a, ink).toBeDefined();
      expect(b, ground).toBeDefined();
      expect(ratio(a ?? '', b ?? ''), `${ink} on ${ground}`).toBeGreaterThanOrEqual(4.5);
    }
  });

  it.each(['light', 'dark'] as const)('of controls is at least 3 in %s', (theme) => {
    for (const ground of ['ground', 'surface', 'raised']) {
      const value = ratio(themes[theme]['line-strong'] ?? '', themes[theme][ground] ?? '');
      expect(value, `line-strong on ${ground}`).toBeGreaterThanOrEqual(3);
    }
  });

  it('knows no pure black and no pure white', () => {
    expect(tokens).toContain('--ink');
    expect(tokens).not.toMatch(/#(?:000|fff|000000|ffffff)\b/iu);
  });
});
