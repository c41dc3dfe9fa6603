import { describe, expect, it } from 'vitest';
import { arrange, matches } from '../src/lib/levels';
import { mergeEarlier, mergeLatest, mergeOne } from '../src/lib/merge';
import { reasons, timeline } from '../src/lib/timeline';
import { aCase, aMessage, anEvent, at, someEvidence } from './builders';

const run = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => aMessage(from + i));
const positions = (list: { position: number }[]) => list.map((m) => m.position);

describe('merging pages', () => {
  it('keeps earlier pages in front of a fresh one', () => {
    const known = { messages: run(1, 5), more: false };
    const merged = mergeLatest(known, { messages: run(4, 6), more: true });
    expect(positions(merged.messages)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(merged.more).toBe(false);
  });

  it('takes the fresh state of a message that is known', () => {
    const known = { messages: [aMessage(1), aMessage(2, { delivery: 'due' })], more: false };
    const merged = mergeLatest(known, { messages: [aMessage(2, { delivery: 'sent' })], more: true });
    expect(merged.messages[1]?.delivery).toBe('sent');
  });

  it('keeps earlier pages across an edit, whose position shows no message', () => {
    const known = { messages: [aMessage(1), aMessage(2), aMessage(4)], more: false };
    const merged = mergeLatest(known, { messages: run(4, 6), more: true });
    expect(positions(merged.messages)).toEqual([1, 2, 4, 5, 6]);
  });

  it('leaves no hole after a long absence', () => {
    const known = { messages: run(1, 5), more: false };
    const merged = mergeLatest(known, { messages: run(200, 202), more: true });
    expect(positions(merged.messages)).toEqual([200, 201, 202]);
    expect(merged.more).toBe(true);
  });

  it('puts an earlier page in front, and nothing twice', () => {
    const merged = mergeEarlier({ messages: run(4, 6), more: true }, { messages: run(2, 4), more: false });
    expect(positions(merged.messages)).toEqual([2, 3, 4, 5, 6]);
  });

  it('puts a sent message in its place, once', () => {
    const known = { messages: [aMessage(1), aMessage(3)], more: false };
    const once = mergeOne(known, aMessage(2, { author: 'person' }));
    expect(positions(mergeOne(once, aMessage(2, { author: 'person' })).messages)).toEqual([1, 2, 3]);
  });
});

describe('timeline', () => {
  it('puts events between the messages they happened between', () => {
    const events = [anEvent('b', { at: at(2.5), kind: 'claimed' }), anEvent('a', { at: at(0.5) })];
    const keys = timeline(run(1, 3), events, false, null).map((e) => e.key);
    expect(keys).toEqual(['ea', 'm1', 'm2', 'eb', 'm3']);
  });

  it('keeps the order of positions, whatever the clocks say', () => {
    const messages = [aMessage(1, { at: at(9) }), aMessage(2, { at: at(3) })];
    expect(timeline(messages, [], false, null).map((e) => e.key)).toEqual(['m1', 'm2']);
  });

  it('keeps events of pages that are not loaded for later, and pages out of it', () => {
    const events = [anEvent('old', { at: at(-500) }), anEvent('p', { kind: 'paged', at: at(2) })];
    expect(timeline(run(1, 2), events, true, null).map((e) => e.key)).toEqual(['m1', 'm2']);
  });

  it('marks where the new words of the citizen begin, once', () => {
    const messages = [aMessage(1), aMessage(2, { author: 'person' }), aMessage(3), aMessage(4)];
    expect(timeline(messages, [], false, 1).map((e) => e.key)).toEqual(['m1', 'm2', 'new', 'm3', 'm4']);
    expect(timeline(messages, [], false, 4).map((e) => e.key)).not.toContain('new');
  });
});

describe('reasons', () => {
  it('lists the most urgent first, then the newest, with an event only once', () => {
    const messages = [
      aMessage(1, { evidence: [someEvidence({ rule: 'a', quote: 'x', level: 'L2' })] }),
      aMessage(2, { evidence: [someEvidence({ rule: 'b', quote: 'y', level: 'L3' })] }),
      aMessage(3, { evidence: [someEvidence({ rule: 'c', quote: 'z', level: 'L2' })] }),
    ];
    const events = [
      anEvent('e1', { rule: 'b', quote: 'y', level: 'L3' }),
      anEvent('e2', { rule: 'phq9.item9', quote: '2', level: 'L2', at: at(9), kind: 'raised' }),
    ];
    const found = reasons(messages, events);
    expect(found.map((r) => r.evidence.rule)).toEqual(['b', 'phq9.item9', 'c', 'a']);
    expect(found[1]?.position).toBeNull();
  });
});

describe('queue', () => {
  it('keeps the server order inside urgent, mine, waiting and others', () => {
    const owner = (id: string) => ({ status: 'claimed' as const, owner: { id, name: id } });
    const queue = arrange(
      [
        aCase({ id: 'a', level: 'L4' }),
        aCase({ id: 'b', level: 'L3', ...owner('u2') }),
        aCase({ id: 'c', level: 'L3' }),
        aCase({ id: 'd', level: 'L2', ...owner('u1') }),
        aCase({ id: 'e', level: 'L2' }),
        aCase({ id: 'f', level: 'L0' }),
      ],
      'u1',
    );
    const ids = Object.values(queue).map((part) => part.map((c: { id: string }) => c.id));
    expect(ids).toEqual([['a', 'c'], ['d'], ['e', 'f'], ['b']]);
  });

  it('filters by number, words and name, all of them', () => {
    const item = aCase({ number: 17, quote: '睡不着', owner: { id: 'u2', name: 'Zhou Min' } });
    expect(matches(item, '#17')).toBe(true);
    expect(matches(item, '睡 zhou')).toBe(true);
    expect(matches(item, '睡 li')).toBe(false);
  });
});
