import {refuse} from '../refused.js'
import {checkOperand, type Place} from './operands.js'
import {sortArguments} from './options.js'

/** Judges arguments that are a language of their own. Returns when they only read, refuses otherwise. */
export type SpecialReader = (args: readonly string[], place: Place) => Promise<void> | void

/** Neither has options; what begins with a dash is printed or not looked at. */
const anything: SpecialReader = () => {}

export const specialReaders: Readonly<Record<string, SpecialReader>> = {
  echo: anything,
  true: anything,
  false: anything,
  printf: ([format]) => {
    if (format?.startsWith('-')) refuse(`the option ${format} is not known to only read`)
  },
  find,
  sed,
  jq,
  test: condition,
  '[': (args, place) => {
    if (args.at(-1) !== ']') refuse('`[` lacks its `]`')
    return condition(args.slice(0, -1), place)
  },
}

/** `-exec`, `-ok`, `-delete`, `-fprint`, `-fls` and `-files0-from` are not among them; `-L` follows links. */
const findTests: Readonly<Record<string, 'nothing' | 'text' | 'path'>> = {
  ...table(
    'nothing',
    '! ( ) , -not -a -and -o -or -print -print0 -ls -prune -quit -true -false -empty -depth -xdev -mount',
  ),
  ...table('nothing', '-daystart -executable -readable -writable -nouser -nogroup -noleaf -nowarn -P'),
  ...table('text', '-name -iname -path -ipath -wholename -iwholename -regex -iregex -regextype -type -xtype -maxdepth'),
  ...table('text', '-mindepth -size -mtime -atime -ctime -mmin -amin -cmin -perm -user -group -uid -gid -links -inum'),
  ...table('text', '-printf -newermt -lname -ilname -fstype -used'),
  ...table('path', '-newer -anewer -cnewer -samefile'),
}

function table<T>(value: T, names: string): Record<string, T> {
  return Object.fromEntries(names.split(' ').map((name) => [name, value]))
}

async function find(args: readonly string[], place: Place): Promise<void> {
  const begin = args.findIndex((word) => /^(?:-.|[!(),]$)/.test(word) && word !== '-P')
  const tests = begin < 0 ? [] : args.slice(begin)
  const folders = args.slice(0, args.length - tests.length).filter((word) => word !== '-P')
  for (const folder of folders) await checkOperand(folder, place, false)
  for (let at = 0; at < tests.length; at++) {
    const word = tests[at] as string
    const takes = Object.hasOwn(findTests, word) ? findTests[word] : undefined
    if (takes === undefined) refuse(`${word} of find is not known to only read`)
    if (takes === 'nothing') continue
    const value = tests[++at]
    if (value === undefined) refuse(`${word} lacks its value`)
    if (takes === 'path') await checkOperand(value, place, false)
  }
}

/** Lines by number only: `s///e` runs, `w` and `s///w` write, `r` reads. */
async function sed(args: readonly string[], place: Place): Promise<void> {
  const {options, operands} = sortArguments(args, '-nErsuz --quiet --silent --regexp-extended')
  const quiet = options.some(({name}) => ['-n', '--quiet', '--silent'].includes(name))
  const [script, ...paths] = operands
  const address = String.raw`(?:\d+|\$)`
  const lines = new RegExp(`^${address}(?:,\\+?${address})?p(?:; ?${address}(?:,\\+?${address})?p)*$`)
  if (!quiet || script === undefined || !lines.test(script)) refuse('of sed only `sed -n 10,20p` is known to only read')
  for (const path of paths) if (path !== '-') await checkOperand(path, place, true)
}

/** The environment and modules can be read from within a filter. */
async function jq(args: readonly string[], place: Place): Promise<void> {
  const known =
    '-rcesnSRjMCa --raw-output --compact-output --exit-status --slurp --null-input --sort-keys --raw-input --join-output --monochrome-output --color-output --ascii-output --tab --indent='
  const {operands, late} = sortArguments(args, known)
  const [filter, ...paths] = operands
  if (filter === undefined) refuse('jq lacks its filter')
  if (/(?<![.\w])(?:env|import|include|input_filename|modulemeta|get_search_list)\b|\$(?:ENV|__)/.test(filter)) {
    refuse('the filter of jq reads more than its input')
  }
  for (const path of [...paths, ...late]) if (path !== '-') await checkOperand(path, place, true)
}

const fileTests = /^-[bcdefghkLprsSuwxGNO]$/
const comparisons = /^(?:=|==|!=|-eq|-ne|-lt|-le|-gt|-ge)$/

/** One condition, or its contrary. */
async function condition(args: readonly string[], place: Place): Promise<void> {
  const words = args[0] === '!' ? args.slice(1) : args
  const [first = '', second = '', third = ''] = words
  if (words.length <= 1) return
  if (words.length === 2 && /^-[nz]$/.test(first)) return
  if (words.length === 2 && fileTests.test(first)) {
    await checkOperand(second, place, false)
    return
  }
  if (words.length === 3 && comparisons.test(second)) return
  if (words.length === 3 && /^-(?:nt|ot|ef)$/.test(second)) {
    for (const path of [first, third]) await checkOperand(path, place, false)
    return
  }
  refuse('the condition is more than one')
}
