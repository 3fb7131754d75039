import {accessSync, constants, existsSync, lstatSync, statfsSync, statSync} from 'node:fs'
import path from 'node:path'
import {errnoOf, messageOf} from '../../errors.js'
import {homeFiles, isWindows} from '../../platform.js'
import {writeRemedies} from '../permission.js'
import {bytesText, shellWord} from '../text.js'
import type {Check, Remedy} from '../types.js'

const LOW_BYTES = 200 * 1024 * 1024
/** Less does not hold one long reply and its journal. */
const NONE_BYTES = 4 * 1024 * 1024

export const homeCheck: Check = {
  id: 'home',
  title: 'Home',
  run: ({home}) => {
    const place = nearestExisting(home)
    const problems: string[] = []
    let keepPrivate: Remedy | undefined
    let readOnly = false
    const warnings: string[] = []
    const remedy: Remedy[] = []
    if (!statSync(place).isDirectory()) {
      return {status: 'fail', summary: `${place} is not a directory`, remedy: ['Set HERMES_HOME to a directory.']}
    }
    for (const directory of place === home
      ? [home, homeFiles(home).logs].filter((each) => existsSync(each))
      : [place]) {
      try {
        accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK)
      } catch (error) {
        problems.push(`cannot be written: ${directory} (${messageOf(error)})`)
        readOnly ||= errnoOf(error) === 'EROFS'
        const fix = writeRemedies(error, home, `chmod u+rwx ${shellWord(directory)}`)
        if (readOnly) remedy.splice(0, remedy.length, ...fix)
        else if (!isAnothers(directory)) remedy.push(...fix)
      }
    }
    if (place === home && !isWindows) {
      if (isAnothers(home) && !readOnly) {
        problems.unshift(`belongs to user ${lstatSync(home).uid}`)
        remedy.push({text: 'Make it yours', command: `sudo chown -R "$(id -u)" ${shellWord(home)}`})
      }
      const open = [home, homeFiles(home).database, homeFiles(home).logs].filter(
        (file) => existsSync(file) && (statSync(file).mode & 0o077) !== 0,
      )
      for (const file of open) warnings.push(`others may read ${file}`)
      if (open.length > 0 && !readOnly)
        keepPrivate = {text: 'Keep it to yourself', command: `chmod go-rwx ${open.map(shellWord).join(' ')}`}
    }
    const disk = statfsSync(place)
    const free = disk.bavail * disk.bsize
    const low = free < LOW_BYTES
    if (free < NONE_BYTES) problems.push(`the disk is full: ${bytesText(free)} free`)
    else if (low) warnings.push(`only ${bytesText(free)} free on its disk`)
    if (low) {
      remedy.push({text: 'Free some space; what takes it', command: `du -xh -d 1 ${shellWord(place)} | sort -h`})
      remedy.push('Or let hermes have its home on another disk: set HERMES_HOME.')
    }
    if (disk.files > 0 && disk.ffree < 100) problems.push(`the disk has room for ${disk.ffree} more files only`)
    if (keepPrivate) remedy.push(keepPrivate)
    const made = place === home ? home : `${home} (is made when it is needed)`
    return {
      status: problems.length > 0 ? 'fail' : warnings.length > 0 ? 'warn' : 'ok',
      summary: problems[0] ?? warnings[0] ?? `${made}, ${bytesText(free)} free`,
      evidence: [
        ...(problems.length + warnings.length > 0 ? [made] : []),
        ...problems.slice(1),
        ...warnings.slice(problems.length > 0 ? 0 : 1),
      ],
      remedy,
    }
  },
}

/** Its owner alone may change its mode. */
function isAnothers(file: string): boolean {
  const user = process.geteuid?.()
  return user !== undefined && user !== 0 && lstatSync(file).uid !== user
}

function nearestExisting(directory: string): string {
  let place = directory
  while (!existsSync(place) && path.dirname(place) !== place) place = path.dirname(place)
  return place
}
