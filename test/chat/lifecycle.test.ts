import {mkdir, mkdtemp, readFile, rm, writeFile} from 'node:fs/promises'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {fileURLToPath} from 'node:url'
import {Config} from '@oclif/core/config'
import {expect} from 'chai'
import {openLifecycle} from '../../src/chat/lifecycle.js'
import {loadConfig} from '../../src/config/index.js'
import {until} from '../lifecycle/plugin-fixture.js'

const root = fileURLToPath(new URL('../..', import.meta.url))

describe('the lifecycle of a chat', () => {
  let home: string
  beforeEach(async () => {
    home = await mkdtemp(path.join(tmpdir(), 'hermes-lifecycle-'))
  })
  afterEach(() => rm(home, {recursive: true, force: true}))

  async function open(env: NodeJS.ProcessEnv = {}) {
    process.env.HERMES_DATA_DIR = home
    const oclif = await Config.load({root, ignoreManifest: true})
    delete process.env.HERMES_DATA_DIR
    const full = {HOME: home, XDG_CONFIG_HOME: home, PATH: process.env.PATH, ...env}
    const {values} = await loadConfig({cwd: home, env: full})
    const notices: string[] = []
    const lifecycle = await openLifecycle({
      oclif,
      config: values,
      home,
      env: full,
      notify: (text, tone = 'warn') => notices.push(`${tone}: ${text}`),
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

  it('tells what a plugin says and warns of, and that it ended between two hooks', async () => {
    const folder = path.join(home, 'teller')
    const hooks = {'gateway:spawn': {target: './hooks.js', identifier: 'onSpawn'}}
    await mkdir(folder)
    await writeFile(
      path.join(folder, 'package.json'),
      JSON.stringify({name: 'teller', version: '1.0.0', type: 'module', oclif: {hooks}}),
    )
    await writeFile(
      path.join(folder, 'hooks.js'),
      `export function onSpawn() {
         this.log('good to know')
         this.warn('not good')
         setTimeout(() => process.exit(3), 20)
       }`,
    )
    const plugins = [{name: 'teller', root: folder, type: 'link'}]
    await writeFile(path.join(home, 'package.json'), JSON.stringify({oclif: {schema: 1, plugins}}))
    const {lifecycle, notices} = await open()
    lifecycle.record({
      type: 'spawn',
      command: ['x'],
      cwd: home,
      standby: false,
      generation: 1,
      pid: 42,
      sessionKey: 'k',
    })
    await until(() => notices.length === 3)
    expect(notices).to.deep.equal([
      'info: teller: good to know',
      'warn: teller: not good',
      'warn: plugin teller: its process ended between two hooks (crashed): ended with code 3',
    ])
    await lifecycle.close()
  })

  it('names nobody but hermes for what is part of it', async () => {
    await writeFile(path.join(home, 'logs'), 'no folder')
    const {lifecycle, notices} = await open()
    lifecycle.record({type: 'signal', signal: 'SIGTERM', generation: 1, pid: 42, sessionKey: 'key-1'})
    expect(notices).to.have.length(1)
    expect(notices[0]).to.match(/^warn: cannot write the crash log /)
    await lifecycle.close()
  })
})
