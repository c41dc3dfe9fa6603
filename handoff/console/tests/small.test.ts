import { beforeEach, describe, expect, it } from 'vitest';
import { keepDraft, readDraft } from '../src/lib/drafts';
import { actionOf, isSend } from '../src/lib/keys';
import { mapLink } from '../src/lib/map';
import { isDark } from '../src/lib/prefs.svelte';
import { hashOf, parseRoute, type Route } from '../src/lib/route.svelte';
import { isUnread, markSeen, seenPosition } from '../src/lib/seen.svelte';
import { forgetSession } from '../src/lib/storage';
import { duration, isoDuration } from '../src/lib/time';
import { regionName } from '../src/lib/words/regions';
import { aCase, at } from './builders';

beforeEach(() => sessionStorage.clear());

describe('duration', () => {
  it('reads as people say it', () => {
    expect([0, 9_999, 160_000, 3_727_000].map(duration)).toEqual(['0:00', '0:09', '2:40', '1:02:07']);
    expect(duration(-5000)).toBe('0:00');
    expect(isoDuration(160_000)).toBe('PT2M40S');
  });
});

describe('routes', () => {
  it.each<[string, Route]>([
    ['#/', { page: 'desk', case: null }],
    ['#/case/ab%2Fc', { page: 'desk', case: 'ab/c' }],
    ['#/closed', { page: 'closed', case: null }],
    ['#/closed/x1', { page: 'closed', case: 'x1' }],
    ['#/staff', { page: 'staff' }],
    ['#/join/t-_0', { page: 'join', token: 't-_0' }],
  ])('%s is read and written alike', (hash, route) => {
    expect(parseRoute(hash)).toEqual(route);
    expect(hashOf(route)).toBe(hash);
  });

  it('lets a broken address end at the desk', () => {
    expect(parseRoute('#/nowhere/%E0%A4')).toEqual({ page: 'desk', case: null });
    expect(parseRoute('')).toEqual({ page: 'desk', case: null });
  });
});

describe('light and dark', () => {
  const hour = (h: number) => new Date(2026, 2, 1, h);
  it('is dark at night, and by choice', () => {
    expect([20, 21, 2, 6].map((h) => isDark('auto', hour(h), false))).toEqual([false, true, true, false]);
    expect(isDark('auto', hour(12), true)).toBe(true);
    expect(isDark('light', hour(23), true)).toBe(false);
    expect(isDark('dark', hour(12), false)).toBe(true);
  });
});

describe('keys', () => {
  const press = (key: string, init: KeyboardEventInit = {}) =>
    new KeyboardEvent('keydown', { key, ...init });

  it('knows its letters, with caps lock too, and leaves the browser its own', () => {
    expect(actionOf(press('j'))).toBe('next');
    expect(actionOf(press('C'))).toBe('claim');
    expect(actionOf(press('?', { shiftKey: true }))).toBe('help');
    expect(actionOf(press('c', { ctrlKey: true }))).toBeNull();
    expect(actionOf(press('Escape'))).toBeNull();
  });

  it('is silent while somebody writes', () => {
    const field = document.createElement('textarea');
    document.body.append(field);
    let found: unknown = 'none';
    field.addEventListener('keydown', (event) => (found = actionOf(event)));
    field.dispatchEvent(press('x', { bubbles: true }));
    expect(found).toBeNull();
    field.remove();
  });

  it('sends on Enter, never in the middle of choosing a Chinese word', () => {
    expect(isSend(press('Enter'), false)).toBe(true);
    expect(isSend(press('Enter', { isComposing: true }), false)).toBe(false);
    expect(isSend(press('Enter', { keyCode: 229 }), false)).toBe(false);
    expect(isSend(press('Enter', { shiftKey: true }), false)).toBe(false);
    expect(isSend(press('Enter'), true)).toBe(false);
    expect(isSend(press('Enter', { ctrlKey: true }), true)).toBe(true);
    expect(isSend(press('Enter', { metaKey: true }), false)).toBe(true);
  });
});

describe('drafts', () => {
  it('belong to one person and one case', () => {
    keepDraft('u1', 'reply', 'c1', '我在');
    expect(readDraft('u1', 'reply', 'c1')).toBe('我在');
    expect(readDraft('u1', 'reply', 'c2')).toBe('');
    expect(readDraft('u2', 'reply', 'c1')).toBe('');
    expect(readDraft('u1', 'note', 'c1')).toBe('');
  });

  it('are gone when they are sent, and at sign-out', () => {
    keepDraft('u1', 'reply', 'c1', '一');
    keepDraft('u1', 'note', 'c1', '二');
    keepDraft('u1', 'reply', 'c1', '');
    expect(Object.keys(sessionStorage)).toEqual(['xq.desk.u1.note.c1']);
    forgetSession('desk.');
    expect(Object.keys(sessionStorage)).toEqual([]);
  });
});

describe('what was looked at', () => {
  it('is unread only when something came after it', () => {
    const item = aCase({ id: 'seen', last_message_at: at(10) });
    expect(isUnread(item)).toBe(false);
    markSeen('seen', 4, at(10));
    expect(isUnread(item)).toBe(false);
    expect(isUnread({ ...item, last_message_at: at(11) })).toBe(true);
    markSeen('seen', 2, at(11));
    expect(seenPosition('seen')).toBe(4);
  });
});

describe('places', () => {
  it('names a province with its code, and leaves an unknown one', () => {
    expect(regionName('310000', 'zh')).toBe('上海 310000');
    expect(regionName('310101', 'en')).toBe('Shanghai 310101');
    expect(regionName('999', 'zh')).toBe('999');
  });

  it('links to a map with the axes the right way round', () => {
    const place = { latitude: 31.2, longitude: 121.5 };
    expect(mapLink(place, 'zh')).toContain('position=121.5,31.2');
    expect(mapLink(place, 'en')).toContain('mlat=31.2&mlon=121.5');
  });
});
