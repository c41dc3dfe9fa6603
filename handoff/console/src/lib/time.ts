/** Durations and local times, as people read them. */

/** 2:40, 1:02:07 from an hour on. */
export function duration(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  const two = (n: number) => String(n).padStart(2, '0');
  const minutes = Math.floor(s / 60);
  if (minutes < 60) return `${minutes}:${two(s % 60)}`;
  return `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(s % 60)}`;
}

/** The same for a screen reader and for `<time datetime>`: PT2M40S. */
export function isoDuration(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  return `PT${Math.floor(s / 60)}M${s % 60}S`;
}

const locales = { zh: 'zh-CN', en: 'en-GB' } as const;

/** The local hour and minute; with the date when it was not today. */
export function clockTime(iso: string, now: number, language: 'zh' | 'en'): string {
  const at = new Date(iso);
  const today = new Date(now);
  const sameDay = at.toDateString() === today.toDateString();
  return at.toLocaleString(locales[language], {
    ...(sameDay ? {} : { month: 'numeric', day: 'numeric' }),
    hour: '2-digit',
    minute: '2-digit',
    hour12: false,
  });
}

/** The whole local date and time, for hovering. */
export function fullTime(iso: string, language: 'zh' | 'en'): string {
  return new Date(iso).toLocaleString(locales[language], {
    dateStyle: 'long',
    timeStyle: 'medium',
    hour12: false,
  });
}
