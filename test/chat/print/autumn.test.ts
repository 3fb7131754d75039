import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {Writable} from 'node:stream'
import {expect} from 'chai'
import type {OutputFormat} from '../../../src/chat/print/format.js'
import {runPrint} from '../../../src/chat/print/print.js'
import {createSupervisor} from '../../../src/supervisor/supervisor.js'
import {AutumnFiles, autumnGateway} from '../../helpers/autumn.js'
import {policy} from '../../supervisor/helpers/policies.js'

class Sink extends Writable {
  text = ''
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk
    done()
  }
}

describe('print mode on the wire of autumn 2026', () => {
  let folder: string
  let files: AutumnFiles

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'hermes-print-'))
    files = new AutumnFiles(folder)
  })

  afterEach(() => {
    expect(files.wrong()).to.deep.equal([])
    rmSync(folder, {recursive: true, force: true})
  })

  async function print(prompt: string, env: Record<string, string> = {}, format: OutputFormat = 'text') {
    const [stdout, stderr] = [new Sink(), new Sink()]
    const supervisor = createSupervisor({
      ...policy(
        {command: [process.execPath, autumnGateway], cwd: folder, env: {PATH: process.env.PATH, ...files.env, ...env}},
        {backoffMs: [0]},
      ),
      cols: () => 80,
      record: () => {},
    })
    const code = await runPrint({
      supervisor,
      target: {kind: 'new'},
      prompts: [{text: prompt}],
      format,
      imageFolder: folder,
      stdout,
      stderr,
    })
    return {code, stdout: stdout.text, stderr: stderr.text}
  }

  it('declines what it is asked, each in its own form, and says so', async () => {
    // An approval that is never on a screen has no clock: it is answered at once.
    const questions = ['#clarify=2', '#sudo', '#secret', '#unlock', '#login', '#code', '#choose', '#window']
    const {stdout, stderr} = await print(questions.join(' '))
    expect(files.answers('clarify')).to.deep.equal([{}])
    expect(files.answers('setup_choose')).to.deep.equal([{picked: null}])
    for (const method of ['sudo', 'secret', 'vault.unlock_prompt', 'vault.save_login', 'vault.code']) {
      expect(files.answers(method), method).to.deep.equal([{value: ''}])
      expect(stderr).to.include(`not answered, as nobody can be asked: ${method}`)
    }
    expect(stdout).to.include('word7')
  })

  it('prints a piece of the reply that was not streamed', async () => {
    const {stdout} = await print('#interim')
    expect(stdout.match(/First I look around\./g)).to.have.length(1)
    expect(stdout.match(/word0/g)).to.have.length(1)
  })

  it('has a line for what a sub-agent begins, does and brings', async () => {
    const {stdout} = await print('do #sub', {}, 'stream-json')
    const lines = stdout
      .split('\n')
      .filter((line) => line.includes('"subagent_'))
      .map((line) => JSON.parse(line))
    expect(lines).to.deep.equal([
      {type: 'subagent_start', subagent_id: '0', name: 'read the docs', goal: 'read the docs'},
      {type: 'subagent_tool', subagent_id: '0', name: 'read_file', context: ''},
      {
        type: 'subagent_complete',
        subagent_id: '0',
        status: 'completed',
        text: 'they are short',
        steps: 0,
        duration_s: 3,
      },
    ])
  })

  it('waits for a gateway that asks again by itself after a death, and asks nothing twice', async () => {
    const {code, stdout, stderr} = await print('only once', {AG_DIE: 'stored'})
    expect(code).to.equal(0)
    expect(stdout.trim()).to.equal(Array.from({length: 8}, (_, index) => `again${index}`).join(' '))
    expect(stderr).to.include('the gateway asks again by itself')
    expect(files.heard('prompt.submit')).to.have.length(1)
  })

  it('sends a prompt again that did not arrive, under the same id', async () => {
    const {stdout} = await print('only once', {AG_DIE: 'taken'})
    expect(stdout).to.include('word7')
    const ids = files.heard('prompt.submit').map(({params}) => params?.client_turn_id)
    expect(ids).to.have.length(2)
    expect(ids[0]).to.equal(ids[1])
  })
})
