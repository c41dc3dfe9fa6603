/** The time that waiting is measured by: the server's, ticking here. */

class Clock {
  /** Milliseconds since the epoch by the server's clock. */
  now = $state(Date.now());
  #skew = 0;

  /** A desk whose clock is wrong must not show a wrong wait. */
  set(serverTime: string): void {
    const at = Date.parse(serverTime);
    if (Number.isNaN(at)) return;
    this.#skew = at - Date.now();
    this.tick();
  }

  tick(): void {
    this.now = Date.now() + this.#skew;
  }

  /** How long ago `iso` was, in milliseconds. */
  since(iso: string): number {
    return Math.max(0, this.now - Date.parse(iso));
  }
}

export const clock = new Clock();
