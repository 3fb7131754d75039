import {mkdtemp, readFile, rm} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {fileURLToPath} from 'node:url'
import {Config} from '@oclif/core/config'
import {expect} from 'chai'
import {openLifecycle} from '../../src/chat/lifecycle.js'
import {loadConfig} from '../../src/config/index.js'

const root = fileURLToPath(new URL('../..', import.meta.url))

describe('the lifecycle of a chat', () => {
  let home: string
  beforeEach(async () => {
    home = await mkdtemp(path.join(tmpdir(), 'hermes-lifecycle-'))
  })
  afterEach(() => rm(home, {recursive: true, force: true}))

  async function open(env: NodeJS.ProcessEnv = {}) {
    const oclif = await Config.load({root, ignoreManifest: true})
    const full = {HOME: home, XDG_CONFIG_HOME: home, PATH: process.env.PATH, ...env}
    const {values} = await loadConfig({cwd: home, env: full})
    const notices: string[] = []
    const lifecycle = await openLifecycle({
      oclif,
      config: values,
      home,
      env: full,
      notify: (text) => notices.push(text),
    })
    return {lifecycle, notices}
  }

  it('has written an event when record returns', async () => {
    const {lifecycle, notices} = await open()
    lifecycle.record({type: 'signal', signal: 'SIGTERM', generation: 1, pid: 42, sessionKey: 'key-1'})
    const log = await readFile(path.join(home, 'logs', 'tui_gateway_crash.log'), 'utf8')
    expect(log).to.match(/^\[tui-parent\] \S+Z signal .*signal=SIGTERM/m)
    expect(log).to.include('session=key-1')
    await lifecycle.close()
    expect(notices).to.deep.equal([])
  })
})
