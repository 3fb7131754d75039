import {globSync, readFileSync} from 'node:fs'
import {enableCompileCache, getCompileCacheDir} from 'node:module'
import path from 'node:path'
import {pathToFileURL} from 'node:url'
import {builtinGateway, builtinGatewayEnv} from '../../src/chat/builtin-gateway.js'
import {loadConfig} from '../../src/config/index.js'
import {policiesOf} from '../../src/policies.js'
import type {SessionOpened} from '../../src/protocol/methods.js'
import {createSupervisor} from '../../src/supervisor/supervisor.js'
import type {SessionTarget, Supervisor, SupervisorOptions} from '../../src/supervisor/types.js'
import type {TestHome} from '../../test/helpers/pty/chat.js'
import {bundledGateway, root} from './measure.js'
import {RawGateway} from './raw-gateway.js'
import {openTrace, type Trace} from './trace.js'

export interface Supervised extends Trace {
  supervisor: Supervisor
  /** The session as it was last opened. */
  opened: () => SessionOpened
}

/** The built-in gateway under the real supervisor, with a budget that does not end. */
export async function supervise(
  home: TestHome,
  target: SessionTarget,
  {standby = false, record = () => {}}: {standby?: boolean; record?: SupervisorOptions['record']} = {},
): Promise<Supervised> {
  // As the launcher of the program does.
  enableCompileCache(path.join(root, 'node_modules', '.cache', 'hermes-bench'))
  const loaded = await loadConfig({cwd: home.cwd, env: home.env()})
  const env = {...home.env(), ...builtinGatewayEnv(loaded, home.env())}
  await keepCompiled(home, env)
  const config = {...loaded.values, 'gateway.standby': standby}
  const supervisor = createSupervisor({
    ...policiesOf(
      config,
      {
        command: [process.execPath, ...builtinGateway(root, pathToFileURL(bundledGateway).href)],
        cwd: home.cwd,
        env,
      },
      {recovery: {limit: 1_000_000, longLimit: 1_000_000, backoffMs: [0]}},
    ),
    cols: () => 100,
    record,
  })
  let opened: SessionOpened | undefined
  supervisor.on('session', (session) => {
    opened = session
  })
  const trace = openTrace(supervisor)
  const first = trace.next('session')
  supervisor.start(target)
  await first
  return {
    supervisor,
    ...trace,
    opened: () => {
      if (!opened) throw new Error('no session')
      return opened
    },
  }
}

/** A gateway that does not stand by keeps its compiled code 10 s after its start. */
const KEPT_MS = 60_000

/** What a chat has from its second run on: the first gateway of a build that stands by keeps what is compiled. */
async function keepCompiled(home: TestHome, env: NodeJS.ProcessEnv): Promise<void> {
  const loader = readFileSync(bundledGateway, 'utf8')
  const [program] = globSync('dist/chunks/gateway-*.js', {cwd: root}).filter((file) =>
    loader.includes(path.basename(file)),
  )
  if (program === undefined) throw new Error(`${bundledGateway} names no program`)
  const pattern = `${path.basename(program)}.*.code`
  const isKept = () => globSync(pattern, {cwd: getCompileCacheDir() ?? ''}).length > 0
  if (isKept()) return
  const gateway = new RawGateway([bundledGateway], {env, cwd: home.cwd})
  for (let waited = 0; !isKept(); waited += 50) {
    // V8 takes the flags of this process into the name of the folder, and the gateway has others.
    if (waited >= KEPT_MS) throw new Error(`the gateway keeps no ${pattern} in ${getCompileCacheDir()}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  await gateway.end()
}
