import {existsSync} from 'node:fs'
import path from 'node:path'
import {fileURLToPath} from 'node:url'
import {TestHome} from '../../test/helpers/pty/chat.js'
import type {Row} from './table.js'

export interface Measure {
  /** For `--only`. */
  name: string
  /** Run only where it is named: it starts programs of others. */
  byNameOnly?: true
  run: (settings: BenchSettings) => Promise<Row[]>
}

export interface BenchSettings {
  /** Kills of the long run. */
  kills: number
  /** Seed of everything random. */
  seed: number
  /** Deaths that are timed one by one. */
  deaths: number
  /** How long the machine is starved. */
  minutes: number
  /** Turns of a day's work. */
  turns: number
  /** How often somebody comes back to a session that works without a terminal. */
  cycles: number
  /** The only agent whose kills are measured; undefined: all that are here. */
  agent: string | undefined
  /** Said while it runs, on stderr. */
  progress: (text: string) => void
  /** What is no row of a figure and its target: on stdout as text, with `--json` as data. */
  report: (report: {text: string; data: unknown}) => void
}

export const root = fileURLToPath(new URL('../..', import.meta.url))
export const program = path.join(root, 'bin', 'run.js')
export const bundledGateway = path.join(root, 'dist', 'gateway', 'main.js')
export const sourceGateway = path.join(root, 'src', 'gateway', 'main.ts')

/** A home without local model servers to look for, in a temporary folder that is removed afterwards. */
export async function withHome<T>(act: (home: TestHome) => Promise<T>, configuration = ''): Promise<T> {
  if (!existsSync(bundledGateway)) throw new Error('not built: npm run build')
  const home = new TestHome()
  try {
    home.configure(`discoverLocal: false\n${configuration}`)
    return await act(home)
  } finally {
    home.remove()
  }
}

/** Runs `sample` n times after one that warms the caches and is not counted. */
export async function repeat(n: number, sample: () => Promise<number>): Promise<number[]> {
  await sample()
  const samples: number[] = []
  for (let i = 0; i < n; i++) samples.push(await sample())
  return samples
}

/** A small generator of numbers in [0, 1) that a seed repeats (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
