import {realpathSync} from 'node:fs'
import {visibleText} from '../../control-sequences.js'
import type {Gateway} from '../gateway.js'
import type {LiveSession} from '../session/live-session.js'
import type {Store, TurnRow} from '../store/types.js'
import type {Instructions} from './instructions.js'

/** What files tell the model in this session, as they are now. Read once a turn: its steps share a cached beginning. */
export async function instructionsOf(gateway: Gateway, session: LiveSession): Promise<Instructions> {
  const {values} = await gateway.services.config()
  if (!values['context.instructions']) return {text: '', files: [], problems: []}
  const [{readInstructions}, workspace] = await Promise.all([
    import('./instructions.js'),
    session.permissions.workspace(),
  ])
  return readInstructions({
    home: gateway.home,
    root: workspace.root,
    cwd: realFolder(session.cwd),
    maxBytes: values['context.instructionBytes'],
    withholds: (file, options) => session.permissions.withholds(file, options),
  })
}

/** Says with the first prompt of a session which files count, and again when that changes. */
export function tellInstructions(gateway: Gateway, session: LiveSession, {files, problems}: Instructions): void {
  const told = JSON.stringify([files.map(({path}) => path), problems.map((problem) => problem.split(':', 1))])
  const before = session.toldInstructions
  session.toldInstructions = told
  if (before === told || (before === undefined && session.resumed)) return
  const names = files.map(({path}) => visibleText(path)).join(', ')
  if (files.length > 0) gateway.emit(session.id, 'notice', {message: `the model is told what is in ${names}`})
  for (const text of problems) gateway.emit(session.id, 'status.update', {kind: 'warn', text})
}

/**
 * What the model is told behind the prompt of a turn: the files that it names, read once and kept with it before
 * anything is sent. `mask` takes out what is held back from tools.
 */
export async function attachedTo(
  gateway: Gateway,
  session: LiveSession,
  {store, row, mask}: {store: Store; row: TurnRow; mask: (text: string) => string},
): Promise<string> {
  if (!row.prompt.includes('@')) return ''
  const known = store.attached(row.id)
  if (known !== undefined) return known
  const before = store.attachedBefore(row)
  if (before !== undefined) {
    store.attach(row.id, before)
    return before
  }
  const [{readMentions}, {values}] = await Promise.all([import('./mentions.js'), gateway.services.config()])
  const {permissions} = session
  const resources = await resourcesOf(gateway, session, row.prompt)
  const files = await readMentions({
    prompt: row.prompt,
    cwd: session.cwd,
    maxFileBytes: values['context.fileBytes'],
    maxBytes: values['context.promptBytes'],
    ...(resources ? {others: resources.taken} : {}),
    // Where nobody can be asked a prompt may be a text of somebody else.
    withholds: (file) => permissions.withholds(file, {outside: gateway.permissions.interactive}),
    hiddenBelow: (folder) => permissions.hiddenBelow(folder),
    list: async (folder) => {
      const [{gitFiles}, {walkedFiles}] = await Promise.all([
        import('../complete/git-files.js'),
        import('../complete/walked-files.js'),
      ])
      const {env, home} = gateway
      const files = await gitFiles({cwd: folder, env, home, workspace: await permissions.workspace()})
      // A folder that is ignored itself is listed all the same: it was named.
      return files && files.length > 0 ? files : walkedFiles(folder)
    },
  })
  const attached = mask([files.text, resources?.text ?? ''].filter(Boolean).join('\n\n'))
  const sent = [...files.sent, ...(resources?.sent ?? [])]
  const problems = [...files.problems, ...(resources?.problems ?? [])]
  store.attach(row.id, attached)
  if (sent.length > 0) gateway.emit(session.id, 'notice', {message: `sent with it: ${visibleText(sent.join(', '))}`})
  for (const problem of problems) gateway.emit(session.id, 'status.update', {kind: 'warn', text: visibleText(problem)})
  return attached
}

/** What of MCP servers a prompt names; undefined where it names none of theirs. */
async function resourcesOf(gateway: Gateway, session: LiveSession, prompt: string) {
  const {mentionsIn} = await import('../../protocol/mention.js')
  const names = mentionsIn(prompt).flatMap(({path}) => (/^[A-Za-z0-9][\w-]*:./.test(path) ? path : []))
  const servers = names.length > 0 ? await gateway.mcp.servers(session.cwd) : undefined
  if (!servers) return undefined
  const [{readResources}, {values}] = await Promise.all([import('../mcp/resources.js'), gateway.services.config()])
  const limits = {maxBytes: values['context.fileBytes'], maxAllBytes: values['context.promptBytes']}
  return readResources(servers, session.cwd, names, limits)
}

/** Which skills there are, for the system prompt; empty where there are none, or no tool that reads their files. */
export async function skillsOf(gateway: Gateway, session: LiveSession): Promise<string> {
  const {values} = await gateway.services.config()
  if (!values['tools.enabled'] || values['context.skillBytes'] === 0) return ''
  const {filePromptsOf, skillsText} = await import('./file-prompts.js')
  const {home, env} = gateway
  const {skills} = await filePromptsOf({home, env, cwd: session.cwd})
  return skillsText(skills, values['context.skillBytes']).text
}

/** For the person: what the model is told beside what is said to it, and what files offer, as it is now. */
export async function contextText(gateway: Gateway, session: LiveSession): Promise<string> {
  const {files, problems} = await instructionsOf(gateway, session)
  const {filePromptsOf, skillsText} = await import('./file-prompts.js')
  const {values} = await gateway.services.config()
  const {home, env} = gateway
  const {skills, commands, problems: unused, untrusted} = await filePromptsOf({home, env, cwd: session.cwd})
  const {told} = skillsText(skills, values['context.skillBytes'])
  const instructions = files.map(({path, bytes, told}) => {
    const size = told < bytes ? `${told} of ${bytes} bytes` : `${bytes} bytes`
    return `${visibleText(path)} (${size})`
  })
  if (files.length === 0) {
    const own = visibleText(home)
    instructions.push(
      `none: no AGENTS.md in ${own}, nor AGENTS.md or CLAUDE.md in this folder or one above it in its repository`,
    )
  }
  const left = `the model is told of the first ${told} only (context.skillBytes)`
  return [
    ...section('Instructions', [...instructions, ...problems]),
    ...section('Skills', [
      ...skills.map(({name, path}) => `${name} (${visibleText(path)})`),
      ...(told < skills.length ? [left] : []),
    ]),
    ...section(
      'Commands of files',
      commands.map(({name, path}) => `/${name} (${visibleText(path)})`),
    ),
    ...section('Not used', [...unused, ...(untrusted === undefined ? [] : [untrusted])]),
  ].join('\n')
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`)]
}

function realFolder(folder: string): string {
  try {
    return realpathSync(folder)
  } catch {
    return folder
  }
}
