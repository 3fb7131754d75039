import {expect} from 'chai'
import {chatDoctor} from '../../src/chat/doctor.js'
import {formatRecord} from '../../src/crash-log/index.js'
import {hermesHome, homeFiles} from '../../src/platform.js'
import {ensureBuilt, root} from '../helpers/build.js'
import {createSandbox, type Sandbox} from '../helpers/sandbox.js'

describe('the doctor of a chat', () => {
  let sandbox: Sandbox
  before(function () {
    this.timeout(120_000)
    ensureBuilt()
  })
  beforeEach(() => {
    sandbox = createSandbox()
  })
  afterEach(() => sandbox.remove())

  const doctor = (gatewayCommand?: string) => {
    const {env, project: cwd} = sandbox
    const stdout = {columns: 91, rows: 33, getColorDepth: () => 8}
    return chatDoctor({root, cwd, env: {...env, LANG: 'C.UTF-8', FORCE_COLOR: '1'}, gatewayCommand, stdout})
  }

  it('reports all checks, of the terminal and the gateway of the chat, without colours', async () => {
    const report = (await doctor('no-such-gateway --flag')(undefined)).join('\n')
    expect(report).to.match(/Terminal +91×33, 256 colours/)
    expect(report).to.match(/Gateway +could not be started: command not found: no-such-gateway/)
    expect(report).to.include('problem').and.not.to.include('\u001b')
  })

  it('tells one death, or says that there is none of that name', async () => {
    const {crashLog} = homeFiles(hermesHome(sandbox.env))
    const record = (
      time: number,
      event: string,
      fields: readonly (readonly [string, string | number | null | boolean])[],
    ) =>
      formatRecord(
        'tui-parent',
        {
          time,
          event,
          fields: [['instance', '0a1b2c3d'], ['gen', 1], ['pid', 999_999], ['session', 'none'], ['mono', 1], ...fields],
        },
        (text) => text,
      )
    const now = Date.now()
    const died = [
      ['code', null],
      ['signal', 'SIGKILL'],
      ['expected', false],
      ['cause', 'external-sigkill'],
    ] as const
    const text =
      record(now - 1000, 'spawn', [
        ['command', 'node x'],
        ['cwd', '/'],
      ]) + record(now, 'exit', died)
    sandbox.write(crashLog.slice(sandbox.directory.length + 1), text)
    const report = (await doctor()('last')).join('\n')
    expect(report).to.match(/Cause +external-sigkill, likely/)
    let refused: unknown
    await doctor()('--help').catch((error: unknown) => {
      refused = error
    })
    expect(String(refused)).to.match(/no .*--help/)
  })
})
