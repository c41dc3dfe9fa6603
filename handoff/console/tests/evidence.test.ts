import { describe, expect, it } from 'vitest';
import { segments } from '../src/lib/evidence';
import { someEvidence } from './builders';

const marked = (text: string, ...evidence: Parameters<typeof someEvidence>[0][]) =>
  segments(text, evidence.map((e) => someEvidence(e))).map((s) => [s.text, s.evidence.length]);

describe('segments', () => {
  it('leaves plain words whole', () => {
    expect(marked('今天还好')).toEqual([['今天还好', 0]]);
    expect(marked('')).toEqual([]);
  });

  it('marks a phrase inside a sentence', () => {
    expect(marked('我真的不想活了。', { start: 3, end: 7 })).toEqual([
      ['我真的', 0],
      ['不想活了', 1],
      ['。', 0],
    ]);
  });

  it('counts code points: an emoji or a rare character is one', () => {
    expect(marked('🙂𠮷不想活', { start: 2, end: 5 })).toEqual([
      ['🙂𠮷', 0],
      ['不想活', 1],
    ]);
  });

  it('never loses or repeats a character where evidence overlaps', () => {
    const pieces = marked('药攒好了今晚就走', { start: 0, end: 5 }, { start: 4, end: 8, rule: 'b' });
    expect(pieces.map((p) => p[0]).join('')).toBe('药攒好了今晚就走');
    expect(pieces).toEqual([
      ['药攒好了', 1],
      ['今', 2],
      ['晚就走', 1],
    ]);
  });

  it('puts the most urgent rule first', () => {
    const [piece] = segments('走', [
      someEvidence({ rule: 'low', level: 'L2' }),
      someEvidence({ rule: 'high', level: 'L4' }),
    ]);
    expect(piece?.evidence.map((e) => e.rule)).toEqual(['high', 'low']);
  });

  it('marks a phrase once when one rule finds it whole and in parts', () => {
    const found = [[3, 9], [3, 8], [4, 8], [3, 9]].map(([start = 0, end = 0]) => ({ start, end }));
    expect(marked('我室友刚吞了很多药', ...found)).toEqual([
      ['我室友', 0],
      ['刚吞了很多药', 1],
    ]);
  });

  it('passes over evidence that is an answer or lies outside', () => {
    expect(marked('是', { start: -1, end: -1 }, { start: 9, end: 12 })).toEqual([['是', 0]]);
  });

  it('cuts evidence that reaches past the end', () => {
    expect(marked('想走', { start: 1, end: 99 })).toEqual([
      ['想', 0],
      ['走', 1],
    ]);
  });
});
