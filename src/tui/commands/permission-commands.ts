import {type PermissionMode, permissionModes} from '../../permissions/types.js'
import {capabilities} from '../../protocol/capabilities.js'
import {oneLine} from '../text/sanitize.js'
import type {CommandContext, SlashCommand} from './types.js'

interface ListedRule {
  effect: string
  rule: string
  source: string
}

const meanings: Readonly<Record<PermissionMode, string>> = {
  ask: 'what changes something is asked for',
  'accept-edits': 'files of the workspace are written without a question',
  plan: 'reading only',
  bypass: 'nothing is asked',
}

function rulesOf(value: unknown): ListedRule[] {
  if (!Array.isArray(value)) return []
  return value.filter(
    (entry): entry is ListedRule =>
      typeof entry?.effect === 'string' && typeof entry?.rule === 'string' && typeof entry?.source === 'string',
  )
}

function able({store, notice}: CommandContext): boolean {
  if (store.state.view.capabilities.has(capabilities.permissions)) return true
  notice('warn', 'this gateway decides by rules of its own (it lacks the capability "permissions")')
  return false
}

async function list(context: CommandContext): Promise<ListedRule[] | undefined> {
  const result = await context.ask('permissions.list')
  if (!result) return undefined
  const rules = rulesOf(result.rules)
  const mode = permissionModes.find((one) => one === result.mode) ?? 'ask'
  const folders = Array.isArray(result.workspace) ? result.workspace.map((folder) => oneLine(String(folder), 400)) : []
  context.output(
    [
      `mode       ${mode}: ${meanings[mode]}`,
      `workspace  ${folders.join(', ') || '–'}`,
      ...(rules.length === 0 ? ['rules      none'] : []),
      ...rules.map(
        ({effect, rule, source}, index) =>
          `${String(index + 1).padStart(3)}. ${effect.padEnd(6)} ${oneLine(rule, 400)}  (${source})`,
      ),
      ...(rules.length > 0 ? ['/permissions remove N takes one back'] : []),
    ].join('\n'),
  )
  return rules
}

async function remove(context: CommandContext, which: string): Promise<void> {
  const result = await context.ask('permissions.list')
  if (!result) return
  const rules = rulesOf(result.rules)
  const rule = rules[Number(which) - 1] ?? rules.find((one) => one.rule === which)
  if (!rule) return context.notice('warn', `there is no rule ${oneLine(which, 200)} · /permissions lists them`)
  const done = await context.ask('permissions.remove', {rule: rule.rule, source: rule.source})
  if (!done) return
  if (done.removed === true) return context.notice('good', `no longer: ${rule.effect} ${oneLine(rule.rule, 400)}`)
  context.notice('warn', `${oneLine(rule.rule, 400)} comes from the ${rule.source}: change it there`)
}

export const permissionCommands: SlashCommand[] = [
  {
    name: 'permissions',
    yields: true,
    aliases: ['allowed'],
    args: '[remove N]',
    summary: 'what may be done without asking, and why',
    async run(context, args) {
      if (!able(context)) return
      const [verb = '', ...rest] = args.split(/\s+/)
      if (verb === '') await list(context)
      else if (verb === 'remove' && rest.length > 0) await remove(context, rest.join(' '))
      else context.notice('warn', '/permissions lists the rules, /permissions remove N takes one back')
    },
  },
  {
    name: 'mode',
    yields: true,
    aliases: [],
    args: '[ask, accept-edits or plan]',
    summary: 'what the agent asks for',
    async run(context, wanted) {
      if (!able(context)) return
      if (wanted === '') {
        const mode = permissionModes.find((one) => one === context.store.state.session.permissionMode) ?? 'ask'
        return context.notice('info', `mode: ${mode} (${meanings[mode]}) · /mode ask, accept-edits or plan`)
      }
      const mode = permissionModes.find((one) => one === wanted)
      if (mode === undefined || mode === 'bypass') {
        const why =
          mode === 'bypass'
            ? 'bypass is a flag only: --permission-mode bypass'
            : `there is no mode ${oneLine(wanted, 60)}`
        return context.notice('warn', `${why} · /mode ask, accept-edits or plan`)
      }
      if (!(await context.delivery.behind(context.ask('permissions.mode', {mode})))) return
      context.keepMode(mode)
      context.store.dispatch({type: 'session', session: {permissionMode: mode}})
      context.notice('good', `mode: ${mode} (${meanings[mode]})`)
    },
  },
]
