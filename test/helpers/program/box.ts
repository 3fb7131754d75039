import {ensureBuilt} from '../build.js'
import {createSandbox, type Sandbox} from '../sandbox.js'
import {type Ended, runHermes} from './run-program.js'

export interface ProgramBox {
  readonly box: Sandbox
  /** Runs `hermes` with these words in the project of the sandbox. */
  hermes(...args: string[]): Promise<Ended>
}

/** For a `describe`: the built program, and a sandbox for each test. `env`: beside the sandbox's. */
export function useProgramBox(env: NodeJS.ProcessEnv = {}): ProgramBox {
  let box: Sandbox
  before(function () {
    this.timeout(60_000)
    ensureBuilt()
  })
  beforeEach(() => {
    box = createSandbox()
  })
  afterEach(() => box.remove())
  return {
    get box() {
      return box
    },
    hermes: (...args) => runHermes(args, {cwd: box.project, env: {...box.env, ...env}}),
  }
}

/** Of plugins: npm stays offline, and nothing is coloured. */
export const offlinePlugins = {npm_config_offline: 'true', npm_config_update_notifier: 'false', NO_COLOR: '1'}
