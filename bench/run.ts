import {parseArgs} from 'node:util'
import {agentStages, agents} from './agents.js'
import {breadcrumb} from './breadcrumb.js'
import {context} from './context.js'
import {day} from './day.js'
import {detach} from './detach.js'
import {doctor} from './doctor.js'
import {flood} from './flood.js'
import {gatewayReady} from './gateway-ready.js'
import type {Measure} from './helpers/measure.js'
import {isOver, type Row, renderTable} from './helpers/table.js'
import {kills} from './kills.js'
import {mcp} from './mcp.js'
import {memory} from './memory.js'
import {models} from './models.js'
import {peers} from './peers/peers.js'
import {plugins} from './plugins.js'
import {recovery} from './recovery.js'
import {resume} from './resume.js'
import {startup} from './startup.js'
import {starved} from './starved.js'
import {streaming} from './streaming.js'
import {stuck} from './stuck.js'

const measures: readonly Measure[] = [
  startup,
  gatewayReady,
  resume,
  memory,
  streaming,
  models,
  context,
  mcp,
  flood,
  day,
  recovery,
  stuck,
  starved,
  kills,
  breadcrumb,
  detach,
  agents,
  agentStages,
  plugins,
  doctor,
  peers,
]

const {values} = parseArgs({
  options: {
    only: {type: 'string', multiple: true},
    json: {type: 'boolean', default: false},
    kills: {type: 'string', default: '50'},
    deaths: {type: 'string', default: '50'},
    minutes: {type: 'string', default: '1'},
    turns: {type: 'string', default: '600'},
    cycles: {type: 'string', default: '200'},
    agent: {type: 'string'},
    seed: {type: 'string', default: String(Date.now() % 1_000_000)},
    help: {type: 'boolean', default: false},
  },
})

if (values.help) {
  console.log(`npm run bench -- [--only NAME,…] [--json] [--kills 50] [--deaths 50] [--minutes 1] [--turns 600] [--cycles 200] [--agent NAME] [--seed N]

Names: ${measures.map(({name}) => name).join(', ')}. Exit code 1 when a target is missed.
Only where it is named: ${measures.flatMap(({name, byNameOnly}) => (byNameOnly ? [name] : [])).join(', ')}.`)
} else {
  const only = values.only?.flatMap((names) => names.split(','))
  const unknown = only?.filter((name) => !measures.some((measure) => measure.name === name)) ?? []
  if (unknown.length > 0) throw new Error(`no measure is called ${unknown.join(', ')}; --help lists them`)
  const rows: Row[] = []
  const reports: {text: string; data: unknown}[] = []
  for (const measure of measures) {
    if (only ? !only.includes(measure.name) : measure.byNameOnly) continue
    process.stderr.write(`${measure.name} …\n`)
    rows.push(
      ...(await measure.run({
        kills: Number(values.kills),
        deaths: Number(values.deaths),
        minutes: Number(values.minutes),
        turns: Number(values.turns),
        cycles: Number(values.cycles),
        seed: Number(values.seed),
        agent: values.agent,
        progress: (text) => process.stderr.write(`  ${text}\n`),
        report: (report) => reports.push(report),
      })),
    )
  }
  const machine = `Node ${process.version}, ${process.platform} ${process.arch}`
  if (values.json) {
    const told = reports.length > 0 ? {reports: reports.map(({data}) => data)} : {}
    console.log(JSON.stringify({machine, rows: rows.map((row) => ({...row, over: isOver(row)})), ...told}, null, 2))
  } else {
    for (const {text} of reports) console.log(`${text}\n`)
    console.log(
      rows.length > 0 ? `${renderTable(rows)}\n\n${machine}. Targets: p50 unless a row says otherwise.` : `${machine}.`,
    )
  }
  if (rows.some(isOver)) process.exitCode = 1
}
