/** Browser storage that may be full or forbidden: reading finds nothing then, writing is given up. */

type Kind = 'local' | 'session';

function area(kind: Kind): Storage {
  return kind === 'local' ? window.localStorage : window.sessionStorage;
}

export function recall<T>(kind: Kind, key: string): T | null {
  try {
    const text = area(kind).getItem(`xq.${key}`);
    return text === null ? null : (JSON.parse(text) as T);
  } catch {
    return null;
  }
}

export function remember(kind: Kind, key: string, value: unknown): void {
  try {
    area(kind).setItem(`xq.${key}`, JSON.stringify(value));
  } catch {
    // The value stays in memory; only a reload loses it.
  }
}

export function forget(kind: Kind, key: string): void {
  try {
    area(kind).removeItem(`xq.${key}`);
  } catch {
    // Nothing was kept, then.
  }
}

/** Remove every key of the session that begins with `prefix`: drafts must not outlive a sign-out. */
export function forgetSession(prefix: string): void {
  try {
    const keys = Object.keys(window.sessionStorage).filter((key) => key.startsWith(`xq.${prefix}`));
    for (const key of keys) window.sessionStorage.removeItem(key);
  } catch {
    // Nothing was kept, then.
  }
}
