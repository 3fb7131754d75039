import {mkdirSync, readdirSync, rmSync, statSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {homeFiles} from '../platform.js'
import type {FrameNote} from '../supervisor/types.js'
import {FrameRing} from '../supervisor/wire/frame-ring.js'

/** Of so many runs. */
const KEPT_FILES = 5

export interface FrameFile {
  note(generation: number, frame: FrameNote): void
  /** The last minute onto the disk, over what was written before. Never throws. */
  write(): void
}

/** What `hermes doctor --bundle` takes along of this run: the frames of its last minute, without contents. */
export function createFrameFile({home, instance}: {home: string; instance: string}): FrameFile {
  const directory = homeFiles(home).frames
  const ring = new FrameRing()
  return {
    note: (generation, frame) => ring.add(generation, frame),
    write() {
      const lines = ring.lines()
      if (lines.length === 0) return
      try {
        mkdirSync(directory, {recursive: true, mode: 0o700})
        writeFileSync(path.join(directory, `${instance}.log`), `${lines.join('\n')}\n`, {mode: 0o600})
        removeOld(directory)
      } catch {
        // A bug report does without it.
      }
    },
  }
}

function removeOld(directory: string): void {
  const files = readdirSync(directory)
    .filter((name) => /^[0-9a-f]{8}\.log$/.test(name))
    .map((name) => path.join(directory, name))
    .map((file) => ({file, time: statSync(file, {throwIfNoEntry: false})?.mtimeMs ?? 0}))
    .sort((a, b) => b.time - a.time)
  for (const {file} of files.slice(KEPT_FILES)) rmSync(file, {force: true})
}
