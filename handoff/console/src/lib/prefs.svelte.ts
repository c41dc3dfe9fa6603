/** What one person likes on one machine: language, light or dark. */

import { recall, remember } from './storage';
import type { Language } from './types';

export type Theme = 'auto' | 'light' | 'dark';

const DARK_FROM = 21;
const DARK_UNTIL = 6;

/** Dark at night and where the system asks for it; a choice made by hand wins. */
export function isDark(theme: Theme, at: Date, systemDark: boolean): boolean {
  if (theme !== 'auto') return theme === 'dark';
  const hour = at.getHours();
  return systemDark || hour >= DARK_FROM || hour < DARK_UNTIL;
}

function firstLanguage(): Language {
  const kept = recall<Language>('local', 'language');
  if (kept === 'zh' || kept === 'en') return kept;
  return navigator.language.toLowerCase().startsWith('en') ? 'en' : 'zh';
}

function firstTheme(): Theme {
  const kept = recall<Theme>('local', 'theme');
  return kept === 'light' || kept === 'dark' ? kept : 'auto';
}

class Prefs {
  language = $state<Language>(firstLanguage());
  theme = $state<Theme>(firstTheme());

  toggleLanguage(): void {
    this.language = this.language === 'zh' ? 'en' : 'zh';
    remember('local', 'language', this.language);
    this.apply();
  }

  nextTheme(): void {
    const order: Theme[] = ['auto', 'light', 'dark'];
    this.theme = order[(order.indexOf(this.theme) + 1) % order.length] ?? 'auto';
    remember('local', 'theme', this.theme);
    this.apply();
  }

  /** Put both on the page; called again by the clock, since night falls without a click. */
  apply(at: Date = new Date()): void {
    const systemDark = window.matchMedia?.('(prefers-color-scheme: dark)').matches ?? false;
    const root = document.documentElement;
    root.dataset['theme'] = isDark(this.theme, at, systemDark) ? 'dark' : 'light';
    root.lang = this.language === 'zh' ? 'zh-CN' : 'en';
  }
}

export const prefs = new Prefs();
