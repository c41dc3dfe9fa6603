import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

// The server that `npm run dev` talks to; the built console is served by the app itself.
const backend = 'http://127.0.0.1:8080';

export default defineConfig(({ mode }) => ({
  base: '/staff/',
  plugins: [svelte()],
  // Vitest would pick Svelte's server build without this.
  resolve: mode === 'test' ? { conditions: ['browser'] } : {},
  build: {
    outDir: 'dist',
    // Nothing becomes a data: URL in a script or a style; every asset is a hashed file.
    assetsInlineLimit: 0,
    sourcemap: false,
  },
  server: {
    proxy: { '/staff/api': { target: backend, ws: true } },
  },
  test: {
    environment: 'jsdom',
    include: ['tests/**/*.test.ts'],
    // Else a style's text is empty in tests, and its contrast cannot be measured.
    css: true,
    restoreMocks: true,
  },
}));
