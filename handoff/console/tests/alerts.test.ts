import { beforeEach, describe, expect, it } from 'vitest';
import { Alerts } from '../src/lib/alerts.svelte';
import { clock } from '../src/lib/clock.svelte';
import { prefs } from '../src/lib/prefs.svelte';
import { session } from '../src/lib/session.svelte';
import type { Level } from '../src/lib/types';
import { aCase, aMe, anOverview } from './builders';

describe('Alerts', () => {
  let played: Level[];
  let noted: string[];
  let audible: boolean;
  let alerts: Alerts;

  beforeEach(() => {
    sessionStorage.clear();
    played = [];
    noted = [];
    audible = true;
    prefs.language = 'zh';
    session.enter(aMe());
    alerts = new Alerts({
      unlock: () => Promise.resolve(audible),
      play: (level) => {
        if (audible) played.push(level);
        return audible;
      },
      notify: (item, text) => noted.push(`${item.number} ${text}`),
    });
  });

  it('calls once for each case and step', () => {
    const item = aCase({ level: 'L4', number: 7 });
    alerts.heard(item, 'opened', 1);
    alerts.heard(item, 'opened', 1);
    alerts.heard(item, 'unclaimed', 2);
    alerts.heard(item, 'unclaimed', 2);
    alerts.heard(item, 'unclaimed', 3);
    expect(played).toEqual(['L4', 'L4', 'L4']);
    expect(noted).toEqual(['7 opened', '7 unclaimed', '7 unclaimed']);
    expect(alerts.urgent).toContain('立即');
  });

  it('calls again when the level has risen, whichever way it is heard', () => {
    alerts.heard(aCase({ level: 'L2' }), 'opened', 1);
    alerts.heard(aCase({ level: 'L3' }), 'raised', 2);
    alerts.catchUp(anOverview({ cases: [aCase({ level: 'L3' })] }));
    expect(played).toEqual(['L2', 'L3']);
  });

  it('finds what came while the line was away, and lets quiet cases be quiet', () => {
    const cases = [aCase({ id: 'a', level: 'L4' }), aCase({ id: 'b', level: 'L2' })];
    alerts.catchUp(anOverview({ cases }));
    alerts.catchUp(anOverview({ cases }));
    expect(played).toEqual(['L4']);
  });

  it('calls again each time when the server numbers no steps', () => {
    alerts.heard(aCase({ level: 'L4' }), 'unclaimed');
    alerts.heard(aCase({ level: 'L4' }), 'unclaimed');
    expect(played).toEqual(['L4', 'L4']);
  });

  it('calls a supervisor to a citizen whom a colleague leaves waiting', () => {
    session.enter(aMe({ id: 'u9', roles: ['supervisor'] }));
    const since = (s: number) => new Date(Date.now() - s * 1000).toISOString();
    const item = aCase({ status: 'claimed', owner: { id: 'u1', name: '小林' } });
    clock.tick();
    alerts.heard({ ...item, unanswered_since: since(95) }, 'unanswered');
    expect(played).toEqual([]);
    alerts.heard({ ...item, unanswered_since: since(185) }, 'unanswered');
    expect(played).toEqual(['L2']);
  });

  it('remembers over a reload', () => {
    alerts.heard(aCase({ level: 'L3' }), 'opened', 1);
    const again: Level[] = [];
    new Alerts({
      unlock: () => Promise.resolve(true),
      play: (l) => (again.push(l), true),
      notify: () => {},
    }).heard(
      aCase({ level: 'L3' }),
      'opened',
      1,
    );
    expect(again).toEqual([]);
  });

  it('is silent for somebody off duty, but calls an owner', () => {
    session.enter(aMe({ on_duty: false }));
    alerts.heard(aCase({ level: 'L4' }), 'opened', 1);
    expect(played).toEqual([]);
    const mine = aCase({ status: 'claimed', owner: { id: 'u1', name: '小林' } });
    alerts.heard(mine, 'unanswered', 1);
    alerts.heard({ ...mine, id: 'c2', owner: { id: 'u2', name: '周敏' } }, 'unanswered', 1);
    expect(played).toEqual(['L2']);
  });

  it('says when the browser keeps it silent, and makes up for it once', async () => {
    audible = false;
    alerts.soundLocked = false;
    alerts.heard(aCase({ level: 'L3' }), 'opened', 1);
    alerts.heard(aCase({ id: 'c2', level: 'L2' }), 'opened', 1);
    expect(alerts.soundLocked).toBe(true);
    audible = true;
    await alerts.unlock();
    await alerts.unlock();
    expect(alerts.soundLocked).toBe(false);
    expect(played).toEqual(['L3']);
  });
});
