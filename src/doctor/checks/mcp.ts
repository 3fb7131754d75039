import {visibleText} from '../../control-sequences.js'
import {HermesError, messageOf} from '../../errors.js'
import {type ConfiguredServer, configuredServers, mayHaveServers, placeOf} from '../../gateway/mcp/configured.js'
import {differenceOf, differenceText, parseDefinitions} from '../../gateway/mcp/definitions.js'
import {examineServer} from '../../gateway/mcp/examine.js'
import {ServerLog} from '../../gateway/mcp/process/log-file.js'
import type {McpPin} from '../../gateway/store/types.js'
import {homeFiles} from '../../platform.js'
import {createRedactor} from '../../redact/index.js'
import {count} from '../text.js'
import type {Check, DoctorContext, Finding, Remedy} from '../types.js'

/** Of each server; they are asked at the same time. */
const START_MS = 5000

interface Told {
  status: 'ok' | 'warn' | 'fail'
  line: string
  remedy?: Remedy
}

/** Starts each server as a session would, asks what it has, and ends it. Addresses are asked only where that was allowed. */
export const mcpCheck: Check = {
  id: 'mcp',
  title: 'MCP servers',
  timeoutMs: START_MS * 2 + 1500,
  async run(context) {
    const {config, home, cwd, env} = context
    if (config instanceof HermesError)
      return {status: 'skipped', summary: 'the configuration has to be corrected first'}
    if (config.values['gateway.command'] !== undefined) {
      return {status: 'skipped', summary: 'the configured gateway has servers of its own'}
    }
    const own = config.values.mcp
    if (!mayHaveServers({home, cwd, env, own: Object.keys(own).length})) return {status: 'ok', summary: 'none'}
    const {servers, problems, untrusted} = await configuredServers({home, cwd, env, own})
    const pins = servers.length > 0 ? await pinsOf(home) : []
    const told = await Promise.all(servers.map((server) => examined(server, pins, context)))
    const left = untrusted
      ? [`${visibleText(untrusted.file)}: ${count(untrusted.count, 'server')} not used until it is trusted`]
      : []
    return judge(told, problems, left)
  },
}

function judge(told: readonly Told[], problems: readonly string[], left: readonly string[]): Finding {
  const bad = told.filter(({status}) => status === 'fail').length
  const remarked = told.filter(({status}) => status === 'warn').length + problems.length
  const evidence = [...told.map(({line}) => line), ...problems, ...left]
  const remedy = told.flatMap((each) => each.remedy ?? [])
  const total = count(told.length, 'server')
  if (bad > 0) return {status: 'fail', summary: `${bad} of ${total} can't be used`, evidence, remedy}
  if (remarked > 0) return {status: 'warn', summary: `${total}, ${count(remarked, 'remark')}`, evidence, remedy}
  return {status: 'ok', summary: told.length === 0 ? 'none that is used' : total, evidence, remedy}
}

async function examined(server: ConfiguredServer, pins: readonly McpPin[], context: DoctorContext): Promise<Told> {
  const {name, config, identity} = server
  const {env, cwd, home, online, host} = context
  const from = `${name} (${placeOf(server)})`
  if (config.url !== undefined && !online) {
    return {status: 'ok', line: `${from}: ${createRedactor()(config.url)}, not asked without --online`}
  }
  const bounded = {...config, startTimeoutMs: Math.min(config.startTimeoutMs ?? START_MS, START_MS)}
  const log = new ServerLog(homeFiles(home).mcpLogs, name)
  try {
    const {definitions, protocol, tookMs} = await examineServer(
      {name, config: bounded},
      {cwd, env, log, signIns: homeFiles(home).mcpSignIns},
    )
    const facts = `${count(definitions.tools.length, 'tool')}, protocol ${visibleText(protocol ?? 'not known')}, ${tookMs} ms`
    const pin = pins.find((each) => each.server === name && each.identity === identity)
    const before = pin && parseDefinitions(pin.definitions)
    const changes = before && differenceOf(before, definitions)
    if (changes) {
      const line = `${from}: ${facts}; not what was taken: ${visibleText(differenceText(changes))}`
      return {status: 'warn', line, remedy: {text: `Look at ${name}`, command: `${host.bin} mcp test ${name}`}}
    }
    const [problem] = definitions.problems
    if (problem !== undefined) return {status: 'warn', line: `${from}: ${facts}; ${visibleText(problem)}`}
    return {status: 'ok', line: `${from}: ${facts}`}
  } catch (error) {
    const remedy =
      config.url === undefined ? `Read what ${name} wrote: ${visibleText(log.file)}` : `Look whether ${name} is there`
    return {status: 'fail', line: `${from}: ${visibleText(messageOf(error))}`, remedy}
  }
}

/** Of a database that can't be read nothing is known. */
async function pinsOf(home: string): Promise<McpPin[]> {
  const {openStoreForReading} = await import('../../gateway/store/index.js')
  try {
    const store = openStoreForReading(homeFiles(home).database)
    try {
      return store.mcpPins()
    } finally {
      store.close()
    }
  } catch {
    return []
  }
}
