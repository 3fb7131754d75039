import {accessSync, constants, existsSync, lstatSync} from 'node:fs'
import path from 'node:path'
import {HermesError, messageOf} from '../../errors.js'
import {isWindows} from '../../platform.js'
import {isMissing} from '../missing.js'
import {writeRemedies} from '../permission.js'
import {bytesText, count, shellWord} from '../text.js'
import type {Check, Remedy} from '../types.js'

/** A log of other programs' making is never rotated by them. */
const LARGE_BYTES = 100 * 1024 * 1024

export const crashLogCheck: Check = {
  id: 'crash-log',
  title: 'Crash log',
  run: ({crashLog: file, config, deaths}) => {
    if (!(config instanceof HermesError) && !config.values['log.enabled']) {
      return {
        status: 'warn',
        summary: 'switched off: no death can be explained',
        remedy: ['Set `log.enabled` to true, or take it out of the configuration.'],
      }
    }
    if (!existsSync(path.dirname(file)) && !isMissing(file))
      return {status: 'skipped', summary: 'its folder may not be looked into', evidence: [file]}
    if (!existsSync(file)) return {status: 'ok', summary: 'none yet; it is made with the first event', evidence: [file]}
    const stats = lstatSync(file)
    if (!stats.isFile()) {
      const what = stats.isSymbolicLink() ? 'a symbolic link, which is not followed' : 'not a file'
      return {
        status: 'fail',
        summary: `${file} is ${what}`,
        remedy: [{text: 'Move it away', command: `mv ${shellWord(file)} ${shellWord(`${file}.old`)}`}],
      }
    }
    const evidence: string[] = []
    const remedy: Remedy[] = []
    let status: 'ok' | 'warn' | 'fail' = 'ok'
    try {
      accessSync(file, constants.R_OK | constants.W_OK)
      accessSync(path.dirname(file), constants.W_OK)
    } catch (error) {
      const chmod = `chmod u+rw ${shellWord(file)}; chmod u+rwx ${shellWord(path.dirname(file))}`
      const fix = writeRemedies(error, file, chmod)
      return {status: 'fail', summary: `cannot be written (${messageOf(error)})`, evidence: [file], remedy: fix}
    }
    const {statistics} = deaths()
    const bytes = statistics.files.reduce((sum, each) => sum + each.bytes, 0)
    const rotated = Math.max(0, statistics.files.length - 1)
    evidence.push(`${file}, ${count(statistics.records, 'record')}, ${count(rotated, 'rotated file')}`)
    const warn = (text: string, fix?: Remedy) => {
      if (status === 'ok') status = 'warn'
      evidence.push(text)
      if (fix) remedy.push(fix)
    }
    if (!isWindows && (stats.mode & 0o077) !== 0)
      warn('others may read it', {text: 'Keep it to yourself', command: `chmod 600 ${shellWord(file)}`})
    if (statistics.lost > 0)
      warn(`${count(statistics.lost, 'record')} could not be written: the disk was full or read-only`)
    if (bytes > LARGE_BYTES)
      warn('it is very large', {
        text: 'Move it away; the next event begins a new one',
        command: `mv ${shellWord(file)} ${shellWord(`${file}.old`)}`,
      })
    for (const {path: unread, reason} of statistics.unreadable) warn(`${unread} could not be read: ${reason}`)
    // One torn record for each killed writer is what a crash leaves.
    if (statistics.torn > 0) evidence.push(`${count(statistics.torn, 'record')} cut off by a death`)
    if (statistics.foreign > 0) evidence.push(`${count(statistics.foreign, 'line')} of something else`)
    const summary = `${bytesText(bytes)}, ${count(statistics.records, 'record')}`
    return {status, summary: status === 'ok' ? summary : `${summary}; ${evidence[1]}`, evidence, remedy}
  },
}
