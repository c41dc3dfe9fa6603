/** One sound for each level, made here: the more urgent, the more and the higher tones. */

import type { Level } from './types';

interface Tone {
  hz: number;
  /** Seconds after the beginning. */
  at: number;
  length: number;
}

const SOUNDS: Readonly<Record<Level, readonly Tone[]>> = {
  L4: [0, 0.5].flatMap((at) => [
    { hz: 740, at, length: 0.13 },
    { hz: 880, at: at + 0.14, length: 0.13 },
    { hz: 1109, at: at + 0.28, length: 0.18 },
  ]),
  L3: [
    { hz: 659, at: 0, length: 0.16 },
    { hz: 880, at: 0.18, length: 0.22 },
  ],
  L2: [{ hz: 587, at: 0, length: 0.3 }],
  L1: [{ hz: 440, at: 0, length: 0.25 }],
  L0: [{ hz: 392, at: 0, length: 0.25 }],
};

let context: AudioContext | null = null;

/** Browsers allow sound only after a click or a key: call this from one. */
export async function unlockSound(): Promise<boolean> {
  if (typeof AudioContext === 'undefined') return false;
  context ??= new AudioContext();
  if (context.state === 'suspended') await context.resume().catch(() => {});
  return soundIsOn();
}

export function soundIsOn(): boolean {
  return context?.state === 'running';
}

/** Play the level's sound; false when the browser does not let us yet. */
export function playLevel(level: Level): boolean {
  if (context === null || context.state !== 'running') return false;
  const begin = context.currentTime + 0.02;
  for (const tone of SOUNDS[level]) {
    const oscillator = context.createOscillator();
    const gain = context.createGain();
    oscillator.type = 'triangle';
    oscillator.frequency.value = tone.hz;
    const from = begin + tone.at;
    gain.gain.setValueAtTime(0, from);
    gain.gain.linearRampToValueAtTime(0.22, from + 0.02);
    gain.gain.exponentialRampToValueAtTime(0.001, from + tone.length);
    oscillator.connect(gain).connect(context.destination);
    oscillator.start(from);
    oscillator.stop(from + tone.length);
  }
  return true;
}
