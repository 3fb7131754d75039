// What the tests try in small, for hours: kills of the gateway, a failing provider, lost terminals, an agent's work;
// then the tests with all cases of which they draw some otherwise. `--agent`: the agent's work alone; `--agents`: other
// agents behind `hermes acp --` alone.
import {spawnSync} from 'node:child_process'
import {createRequire} from 'node:module'
import path from 'node:path'
import {fileURLToPath} from 'node:url'
import {parseArgs} from 'node:util'

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))

const usage = 'npm run soak -- [--agent] [--turns N] [--agents] [--kills N] [--seed N]'

/** An argument that is not understood. */
export class UsageError extends Error {}

/** The runs that arguments ask for, in order: each a file for Node, its arguments, and what is set in its environment. */
export function runsFor(args) {
  const {agent = false, turns = '500', agents = false, kills = '200', seed} = valuesOf(args)
  const env = {
    HERMES_SOAK_AGENT_TURNS: whole('--turns', turns, 1),
    HERMES_SOAK_AGENT_KILLS: whole('--kills', kills, 1),
    ...(seed === undefined ? {} : {HERMES_SOAK_SEED: whole('--seed', seed, 0)}),
  }
  const mocha = createRequire(import.meta.url).resolve('mocha/bin/mocha.js')
  const soak = ['--timeout', '3600000']
  if (agent) return [{file: mocha, args: [...soak, 'test/soak/agent.test.ts'], env}]
  if (agents) return [{file: mocha, args: [...soak, 'test/soak/agents.test.ts'], env}]
  return [
    {
      file: mocha,
      args: [
        ...soak,
        'test/soak/*.test.ts',
        'test/e2e/hand-over/matrix.test.ts',
        'test/gateway/hand-over/idle-end.test.ts',
      ],
      env: {
        HERMES_SOAK_KILLS: '10000',
        HERMES_SOAK_TURNS: '200',
        HERMES_SOAK_LOSSES: '280',
        HERMES_SOAK_RACES: '10000',
        ...env,
      },
    },
    {
      file: path.join(root, 'test', 'run.js'),
      args: [],
      env: {HERMES_TEST_THOROUGH: '1', HERMES_LEDGER_STRIDE: '1'},
    },
  ]
}

function valuesOf(args) {
  try {
    const options = {
      agent: {type: 'boolean'},
      turns: {type: 'string'},
      agents: {type: 'boolean'},
      kills: {type: 'string'},
      seed: {type: 'string'},
    }
    return parseArgs({args: [...args], options}).values
  } catch (error) {
    throw new UsageError(String(error.message).replace(/\. To specify .*$/s, ''))
  }
}

/** The seeds that are printed have 32 bits. */
function whole(flag, text, least) {
  const number = Number(text)
  if (/^\d+$/.test(text) && number >= least && number < 2 ** 32) return text
  throw new UsageError(`${flag} ${JSON.stringify(text)}: expected a whole number from ${least} to ${2 ** 32 - 1}`)
}

function main() {
  let runs
  try {
    runs = runsFor(process.argv.slice(2))
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    process.stderr.write(`soak: ${error.message}\n${usage}\n`)
    return 2
  }
  for (const {file, args, env} of [{file: path.join(root, 'scripts', 'build.js'), args: [], env: {}}, ...runs]) {
    const ended = spawnSync(process.execPath, [file, ...args], {
      cwd: root,
      stdio: 'inherit',
      env: {...process.env, ...env},
    })
    if (ended.error) throw ended.error
    if (ended.status !== 0) return ended.status ?? 1
  }
  return 0
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = main()
