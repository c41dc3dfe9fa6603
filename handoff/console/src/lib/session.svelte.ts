/** Who sits at this desk. */

import * as api from './api';
import { forgetSession } from './storage';
import type { Me, Permission, Person } from './types';

export type SessionState = 'loading' | 'in' | 'out' | 'unreachable';

/** How often at most the server is asked again whether we are on duty. */
const CHECK_MS = 5_000;

class Session {
  #checked = 0;
  state = $state<SessionState>('loading');
  me = $state<Me | null>(null);
  /** Signed out by the server, not by the person. */
  expired = $state(false);

  constructor() {
    api.onSignedOut(() => this.#ended());
  }

  can(permission: Permission): boolean {
    return this.me?.permissions.includes(permission) ?? false;
  }

  async load(): Promise<void> {
    this.state = 'loading';
    try {
      this.enter(await api.getMe());
    } catch (error) {
      if (error instanceof api.ApiError && error.status === 401) this.state = 'out';
      else this.state = 'unreachable';
    }
  }

  enter(me: Me): void {
    this.#checked = 0;
    this.me = me;
    this.expired = false;
    this.state = 'in';
  }

  async setDuty(on: boolean): Promise<void> {
    this.me = await api.setDuty(on);
  }

  /**
   * Duty may have been switched at another desk, or by a shift that ended.
   *
   * The list in the overview leaves out who has no console open just now, so it is only a reason to
   * ask: a desk that wrongly took itself for off duty would be silent.
   */
  async checkDuty(people: readonly Person[], now: number = Date.now()): Promise<void> {
    const me = this.me;
    if (me === null || people.some((p) => p.id === me.id) === me.on_duty) return;
    if (now - this.#checked < CHECK_MS) return;
    this.#checked = now;
    try {
      const fresh = await api.getMe();
      if (this.me?.id === fresh.id) this.me = fresh;
    } catch {
      // The next overview asks again.
    }
  }

  async leave(): Promise<void> {
    try {
      await api.signOut();
    } catch (error) {
      // A session that is over already is what was wanted.
      if (!(error instanceof api.ApiError && error.status === 401)) throw error;
    }
    forgetSession('desk.');
    this.me = null;
    this.expired = false;
    this.state = 'out';
  }

  #ended(): void {
    this.expired = this.state === 'in';
    this.me = null;
    this.state = 'out';
  }
}

export const session = new Session();
