import type {RunnableCommand, RunnableList, RunnableScript} from '../types.js'

/** The command of a script that is one, to be started without a shell. */
export function onlyCommand({lists}: RunnableScript): RunnableCommand | undefined {
  const [list, ...others] = lists
  return list?.pipeline.length === 1 && others.length === 0 ? list.pipeline[0] : undefined
}

/**
 * The script for `/bin/sh -c`, with standard input from nowhere: every word in single quotes, in which
 * nothing has a meaning to any shell.
 */
export function renderScript({lists}: RunnableScript): string {
  return lists.map(({when, pipeline}) => joint(when) + pipeline.map(renderCommand).join(' | ')).join('')
}

function joint(when: RunnableList['when']): string {
  if (when === 'first') return ''
  return when === 'then' ? '\n' : when === 'and' ? ' && ' : ' || '
}

function renderCommand(command: RunnableCommand): string {
  const {program, args, cwd, env = {}} = command
  const words = [program, ...args].map(quote).join(' ') + redirects(command)
  const changes = Object.entries(env).map(([name, value]) => renderVariable(name, value))
  if (cwd !== undefined) changes.push(`cd ${quote(cwd)}`)
  return changes.length === 0 ? words : `(${changes.join(' && ')} && exec ${words})`
}

function renderVariable(name: string, value: string | undefined): string {
  if (!/^[A-Za-z_]\w*$/.test(name)) throw new Error(`${JSON.stringify(name)} is no name of a variable`)
  return value === undefined ? `unset ${name}` : `export ${name}=${quote(value)}`
}

/** Errors first: `2>&1` means the output as it was before `>/dev/null`. */
function redirects({stdout, stderr}: RunnableCommand): string {
  const errors = stderr === 'stdout' ? ' 2>&1' : stderr === 'null' ? ' 2>/dev/null' : ''
  return errors + (stdout === 'null' ? ' >/dev/null' : '')
}

function quote(word: string): string {
  if (word.includes('\0')) throw new Error('a word of a command holds a zero byte')
  return `'${word.replaceAll("'", `'\\''`)}'`
}
