import {refuse} from '../refused.js'
import {checkOperand, type Operand, type Place} from './operands.js'
import {type SortedArguments, sortArguments} from './options.js'
import {type Reader, readers} from './reader-table.js'
import {secretsBelow} from './secrets-below.js'
import {specialReaders} from './special-readers.js'

/**
 * The arguments with which a program only reads what may be read: those given, and what has to be
 * added. Refuses a program that is not known, and every argument that isn't.
 */
export async function readingArguments(program: string, args: readonly string[], place: Place): Promise<string[]> {
  if (Object.hasOwn(specialReaders, program)) {
    await specialReaders[program]?.(args, place)
    return [...args]
  }
  const reader = Object.hasOwn(readers, program) ? readers[program] : undefined
  if (!reader) return refuse(`${program} is not known to only read`)
  const sorted = sortArguments(args, reader.options)
  if (sorted.operands.length > (reader.most ?? Number.POSITIVE_INFINITY)) refuse(`${program} has too many operands`)
  if (reader.needs && sorted.options.length !== 1) refuse(`${program} is not known to only read`)
  const paths = pathsOf(program, reader, sorted)
  const looked: Operand[] = []
  for (const path of paths) looked.push(await checkPath(path, reader, place))
  for (const word of sorted.late) if (paths.length > 0) await checkOperand(word, place, !reader.namesOnly)
  const excludes = await excludesFor(reader, sorted, looked, place)
  return [
    ...(reader.adds ?? []),
    ...args.slice(0, sorted.firstOperand),
    ...excludes,
    ...args.slice(sorted.firstOperand),
  ]
}

function pathsOf(program: string, reader: Reader, {operands, options}: SortedArguments): readonly string[] {
  const kind = reader.operands
  if (kind instanceof RegExp) {
    const other = operands.find((word) => !kind.test(word))
    if (other !== undefined) refuse(`${program} with ${other} is not known to only read`)
    return []
  }
  if (kind === 'text') return []
  if (kind === 'none') return operands.length === 0 ? [] : refuse(`${program} takes no operands`)
  if (kind !== 'pattern') return operands
  return options.some(({name}) => reader.patternOptions?.includes(name)) ? operands : operands.slice(1)
}

async function checkPath(path: string, reader: Reader, place: Place): Promise<Operand> {
  // Standard input.
  if (path === '-') return {real: '', kind: undefined}
  const operand = await checkOperand(path, place, !reader.namesOnly)
  if (reader.operands === 'files' && operand.kind === 'directory') refuse(`${path} is a folder`)
  return operand
}

/** The options that keep a program which reads whole folders away from the secrets in them. */
async function excludesFor(
  {descends, excludes, leaves = []}: Reader,
  {options, late}: SortedArguments,
  looked: readonly Operand[],
  place: Place,
): Promise<string[]> {
  if (!excludes || (descends !== true && !options.some(({name}) => descends?.includes(name)))) return []
  const folders = looked.filter(({kind}) => kind === 'directory').map(({real}) => real)
  if (looked.length === 0) folders.push((await checkOperand('.', place, true)).real)
  const left = new Set(options.filter(({name}) => name === '--exclude-dir').map(({value}) => value ?? ''))
  const added = new Set<string>()
  if (folders.includes('/')) refuse('it reads the whole disk')
  for (const folder of folders) {
    const secrets = await secretsBelow(folder, {left, leaves: new Set(leaves)}, place)
    for (const name of secrets.files) added.add(excludes.file(name))
    for (const name of secrets.folders) added.add(excludes.folder(name))
  }
  // The last one counts, so ours has to be behind all others.
  if (added.size > 0 && late.length > 0) refuse('there are secrets below, and options behind the operands')
  return [...added].sort()
}
