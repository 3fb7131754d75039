import {execFileSync} from 'node:child_process'
import {mkdirSync, symlinkSync, truncateSync, writeFileSync} from 'node:fs'
import path from 'node:path'

export const oddKinds = [
  'FIFO',
  'link to a FIFO',
  'endless device',
  'terminal device',
  'folder',
  'link to itself',
  'link to nothing',
  '3 GB',
  'link to 3 GB',
] as const

export type OddKind = (typeof oddKinds)[number]

/** Puts something at `file` that is no file of ours. */
export function makeOdd(kind: OddKind, file: string): void {
  mkdirSync(path.dirname(file), {recursive: true})
  switch (kind) {
    case 'FIFO':
      execFileSync('mkfifo', [file])
      break
    case 'link to a FIFO':
      execFileSync('mkfifo', [`${file}-fifo`])
      symlinkSync(`${file}-fifo`, file)
      break
    case 'endless device':
      symlinkSync('/dev/zero', file)
      break
    case 'terminal device':
      symlinkSync('/dev/ptmx', file)
      break
    case 'folder':
      mkdirSync(file)
      break
    case 'link to itself':
      symlinkSync(path.basename(file), file)
      break
    case 'link to nothing':
      symlinkSync('nothing', file)
      break
    case '3 GB':
      writeFileSync(file, '')
      truncateSync(file, 3_000_000_000)
      break
    case 'link to 3 GB':
      makeOdd('3 GB', `${file}-large`)
      symlinkSync(`${file}-large`, file)
      break
  }
}
