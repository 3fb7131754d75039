import {readdirSync} from 'node:fs'
import path from 'node:path'
import {chosenAgent, knownAgents} from '../../acp/agents/known.js'
import {tryAgent} from '../../acp/agents/try-agent.js'
import {visibleText} from '../../control-sequences.js'
import {HermesError} from '../../errors.js'
import {createMask, redactCommand, secretsOfCommand} from '../../redact/index.js'
import {count, durationText, shellCommand} from '../text.js'
import type {Check, DoctorContext, Finding, Remedy} from '../types.js'

/** Some take 9 s until they answer. Each; they are asked at the same time. */
const START_MS = 15_000

interface Told {
  status: 'ok' | 'warn' | 'fail'
  lines: string[]
  remedy?: Remedy
}

/** Starts each agent that is configured or was used here, greets it, and ends it. */
export const agentsCheck: Check = {
  id: 'agents',
  title: 'Agents',
  timeoutMs: START_MS + 2000,
  async run(context) {
    const {config, home} = context
    if (config instanceof HermesError) {
      return {status: 'skipped', summary: 'the configuration has to be corrected first'}
    }
    const configured = config.values['acp.agents']
    const names = new Set([...Object.keys(configured), ...usedIn(home).filter((name) => knownAgents.has(name))])
    if (names.size === 0) return {status: 'ok', summary: 'none'}
    return judge(await Promise.all([...names].map((name) => examined(name, configured, context))))
  },
}

function judge(told: readonly Told[]): Finding {
  const bad = told.filter(({status}) => status === 'fail').length
  const remarked = told.filter(({status}) => status === 'warn').length
  const evidence = told.flatMap(({lines}) => lines)
  const remedy = told.flatMap((each) => each.remedy ?? [])
  const total = count(told.length, 'agent')
  if (bad > 0) return {status: 'fail', summary: `${bad} of ${total} can't be used`, evidence, remedy}
  if (remarked > 0) return {status: 'warn', summary: `${total}, ${count(remarked, 'remark')}`, evidence, remedy}
  return {status: 'ok', summary: total, evidence, remedy}
}

async function examined(
  name: string,
  configured: Readonly<Record<string, readonly string[]>>,
  {cwd, env, version}: DoctorContext,
): Promise<Told> {
  const agent = chosenAgent([name], configured)
  if (!agent) return {status: 'fail', lines: [`${name}: its command is empty`], remedy: `Correct acp.agents.${name}.`}
  const {command, faults} = agent
  const mask = createMask(secretsOfCommand(command))
  const shown = shellCommand(redactCommand(command))
  const known = faults.map(({text, report}) => `${name} ${text} (${report})`)
  const trial = await tryAgent({command, cwd, env, version, timeoutMs: START_MS})
  if ('problem' in trial) {
    const lines = [`${name}: ${trial.problem}`, shown, ...trial.lastWords, ...known]
    // The words were made for a gateway.
    const own = trial.remedy?.replace('gateway.command', `acp.agents.${name}`)
    const remedy = own ?? {text: `Run ${name} by hand, it may say more`, command: shown}
    return {status: 'fail', lines: lines.map((line) => visibleText(mask(line))), remedy}
  }
  const {title, startMs, protocolVersion, restores, authMethods} = trial
  const signIn = authMethods.length === 0 ? '' : `, signs in by ${authMethods.join(' or ')}`
  const back = restores === undefined ? 'loses its context when it dies' : `comes back by session/${restores}`
  const line = `${name}: ${title || 'no name told'}, answers in ${durationText(startMs)}, ${back}${signIn}`
  const lines = [line, shown, ...known].map((text) => visibleText(mask(text)))
  if (protocolVersion !== 1) {
    return {
      status: 'fail',
      lines,
      remedy: `${name} speaks version ${protocolVersion} of the protocol, hermes version 1.`,
    }
  }
  return {status: restores === undefined ? 'warn' : 'ok', lines}
}

/** Agents that a session was held with. */
function usedIn(home: string): string[] {
  try {
    return readdirSync(path.join(home, 'agents'))
  } catch {
    return []
  }
}
