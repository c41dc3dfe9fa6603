/** Marks evidence inside the citizen's own words. */

import { rank } from './levels';
import type { Evidence } from './types';

export interface Segment {
  text: string;
  /** The evidence that covers this piece, the most urgent first; empty for plain words. */
  evidence: Evidence[];
}

/** Leave out what lies inside another finding of the same rule: one phrase is one reason. */
export function outermost(evidence: readonly Evidence[]): Evidence[] {
  const covers = (a: Evidence, b: Evidence) =>
    a.rule === b.rule && a.start >= 0 && a.start <= b.start && a.end >= b.end && rank(a.level) >= rank(b.level);
  return evidence.filter(
    (e, at) =>
      !evidence.some((other, i) => i !== at && covers(other, e) && (!covers(e, other) || i < at)),
  );
}

/**
 * Cut `text` into pieces that are marked or not.
 *
 * The server counts code points and JavaScript counts UTF-16 units, so an emoji before the evidence
 * would shift it by one: the cut is made on code points. Evidence may overlap; each piece carries all
 * that covers it. Evidence without a place in the text (an answer) marks nothing.
 */
export function segments(text: string, evidence: readonly Evidence[]): Segment[] {
  const points = Array.from(text);
  const placed = outermost(evidence).filter((e) => e.start >= 0 && e.end > e.start && e.start < points.length);
  if (placed.length === 0) return text === '' ? [] : [{ text, evidence: [] }];
  const cuts = new Set([0, points.length]);
  for (const e of placed) {
    cuts.add(e.start);
    cuts.add(Math.min(e.end, points.length));
  }
  const ordered = [...cuts].sort((a, b) => a - b);
  const found: Segment[] = [];
  for (let i = 0; i + 1 < ordered.length; i++) {
    const start = ordered[i] as number;
    const end = ordered[i + 1] as number;
    const covering = placed
      .filter((e) => e.start <= start && e.end >= end)
      .sort((a, b) => rank(b.level) - rank(a.level));
    found.push({ text: points.slice(start, end).join(''), evidence: covering });
  }
  return found;
}
