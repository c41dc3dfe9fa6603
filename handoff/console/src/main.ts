/** Begins the console. */

import { mount } from 'svelte';
import App from './App.svelte';
import { prefs } from './lib/prefs.svelte';
import './tokens.css';
import './base.css';

prefs.apply();

const target = document.getElementById('app');
if (target === null) throw new Error('index.html has no #app.');
mount(App, { target });
