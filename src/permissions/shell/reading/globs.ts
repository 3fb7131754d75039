import {refuse} from '../refused.js'
import {checkOperand, type Place} from './operands.js'

const MAX_RESULTS = 1000
const MAX_FOLDERS = 500

/**
 * The words that a shell makes of a glob, in the order of their characters; `undefined` where nothing
 * matches. Refuses to look outside of the workspace, and results that a program could take for options.
 */
export async function expandGlob(pattern: string, place: Place): Promise<string[] | undefined> {
  const segments = pattern.split('/')
  const isRooted = segments[0] === '' && segments.length > 1
  if (isRooted) segments.shift()
  const folderOnly = segments.at(-1) === ''
  if (folderOnly) segments.pop()
  if (segments.includes('')) refuse('a glob with an empty name in its path')
  let found = [isRooted ? '/' : '']
  let folders = 0
  for (const [index, segment] of segments.entries()) {
    const isLast = index === segments.length - 1
    const matcher = segmentMatcher(segment)
    const next: string[] = []
    for (const before of found) {
      if (++folders > MAX_FOLDERS) refuse('a glob goes through too many folders')
      const names = matcher ? await namesIn(before, matcher, place) : [segment.replace(/\\(.)/g, '$1')]
      for (const name of names) {
        const path = before + name
        const kind = await kindOf(path, place, !isLast || folderOnly)
        if (kind === undefined) continue
        next.push(isLast && !folderOnly ? path : `${path}/`)
      }
      if (next.length > MAX_RESULTS) refuse(`a glob matches more than ${MAX_RESULTS} names`)
    }
    found = next
  }
  const strange = found.find((path) => path.startsWith('-') || path.includes('\uFFFD'))
  if (strange !== undefined) refuse(`a glob matches ${strange}`)
  return found.length > 0 ? found.sort(byCharacters) : undefined
}

async function namesIn(folder: string, matcher: RegExp, place: Place): Promise<string[]> {
  const {real, kind} = await checkOperand(folder === '' ? '.' : folder, place, false)
  if (kind !== 'directory') return []
  const entries = await place.files.list(real).catch(() => refuse(`${folder} can't be looked at`))
  const names = entries.map(({name}) => name).filter((name) => !name.startsWith('.'))
  // To dash a `?` is a byte, to bash a character.
  const isCounted = /(?:^|[^.])\.(?!\*)|\[/.test(matcher.source.replace(/\\./g, ''))
  if (isCounted && names.some((name) => /[^\x20-\x7e]/.test(name))) refuse('a glob among names that are not ASCII')
  return names.filter((name) => matcher.test(name))
}

/** Undefined where there is nothing; with `through` also where it is no folder, links followed. */
async function kindOf(path: string, place: Place, through: boolean): Promise<string | undefined> {
  if (through) {
    const {kind} = await checkOperand(path, place, false)
    return kind === 'directory' ? kind : undefined
  }
  const absolute = path.startsWith('/') ? path : `${place.cwd}/${path}`
  return await place.files.kind(absolute).catch(() => refuse(`${path} can't be looked at`))
}

/** Undefined for a name without a glob. */
function segmentMatcher(segment: string): RegExp | undefined {
  if (!/(?:^|[^\\])(?:\\\\)*[*?[]/.test(segment)) return undefined
  // Shells differ in whether `.*` is `..` too.
  if (segment.startsWith('.')) refuse('a glob that begins with a dot')
  const source = segment.replace(/\\(.)|\[!?[^\]]*\]|[*?]|[^\w]/gs, (token, escaped) => {
    if (escaped !== undefined) return escapeRegExp(escaped)
    if (token === '*') return '.*'
    if (token === '?') return '.'
    if (token.startsWith('[')) return token.replace(/^\[!/, '[^')
    return escapeRegExp(token)
  })
  try {
    return new RegExp(`^${source}$`, 'su')
  } catch {
    return refuse('a glob with a range that runs backwards')
  }
}

function escapeRegExp(char: string): string {
  return char.replace(/[\^$\\.*+?()[\]{}|/]/g, '\\$&')
}

function byCharacters(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
