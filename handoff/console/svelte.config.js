import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

/** Runes everywhere; styles leave as files, so that a strict style-src holds. */
export default {
  preprocess: vitePreprocess(),
  compilerOptions: { runes: true, css: 'external' },
};
