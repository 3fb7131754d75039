import path from 'node:path'
import {expect} from 'chai'
import {ensureBuilt} from '../../helpers/build.js'
import {noneLeftOf} from '../../helpers/processes-of-home.js'
import {runHermes} from '../../helpers/program/run-program.js'
import {createSandbox, type Sandbox} from '../../helpers/sandbox.js'
import {fixtureAgent} from '../helpers/adapter.js'
import {TestEditor} from '../helpers/editor.js'

describe('hermes acp -- AGENT', function () {
  this.timeout(20_000)
  let sandbox: Sandbox
  let editor: TestEditor

  before(ensureBuilt)

  beforeEach(() => {
    sandbox = createSandbox()
  })

  afterEach(async () => {
    if (editor.child.exitCode === null) await editor.close()
    await noneLeftOf(String(sandbox.env.HERMES_HOME), [])
    sandbox.remove()
  })

  it('is not seen while nothing happens, and brings an agent back that is killed in a reply', async () => {
    editor = new TestEditor(sandbox, {
      args: ['--', process.execPath, fixtureAgent],
      env: {AA_STATE: path.join(sandbox.directory, 'agent.json')},
    })
    const id = await editor.begin()
    expect(await editor.prompt(id, 'hello')).to.deep.equal({stopReason: 'end_turn'})
    expect(editor.text).to.equal('you said: hello; I remember 0')
    const answered = editor.prompt(id, 'count 2000')
    await editor.until(() => editor.text.includes('word20'))
    for (const pid of editor.gateways(fixtureAgent)) {
      if (pid !== editor.child.pid) process.kill(pid, 'SIGKILL')
    }
    expect(await answered).to.deep.equal({stopReason: 'end_turn'})
    // It has the session, and was told what it had lost; the editor was told nothing twice.
    expect(editor.text).to.contain('you said: Your process was killed').and.to.contain('I remember 1')
    expect(editor.text.split('word7 ')).to.have.length(2)
    expect(editor.ofKind('notice').map(({title}) => title)[0]).to.contain('killed by SIGKILL')
    await editor.close()
    const {stdout} = await runHermes(['doctor', 'crashes'], {cwd: sandbox.project, env: sandbox.env})
    expect(stdout).to.contain('external-sigkill')
  })

  it('says that there is no such agent', async () => {
    editor = new TestEditor(sandbox, {args: ['--', 'no-such-agent-here']})
    const failed = await editor.initialize().catch((error) => error)
    expect(failed.message).to.contain('no-such-agent-here')
  })
})
