import {existsSync, readFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {isWindows} from '../../src/platform.js'
import {ensureBuilt} from '../helpers/build.js'
import {runHermes} from '../helpers/program/run-program.js'
import {createSandbox, type Sandbox} from '../helpers/sandbox.js'

describe('hooks of the configuration', function () {
  this.timeout(60_000)
  let box: Sandbox
  before(function () {
    if (isWindows) this.skip()
    ensureBuilt()
  })
  beforeEach(() => {
    box = createSandbox()
  })
  afterEach(() => box.remove())
  const file = (name: string) => path.join(box.home, name)
  const ask = (env = {}) =>
    runHermes(['chat', '-p', 'hello'], {cwd: box.project, env: {...box.env, HERMES_MODEL: 'offline', ...env}})

  it('run in the chat, to its end', async () => {
    const config = box.write(
      'user.yaml',
      `hooks:\n  gateway:exit: cat > ${file('exit')}\n  chat:end: sleep 0.1; cat > ${file('end')}; echo sent\n`,
    )
    const {code, stderr} = await ask({HERMES_CONFIG: config})
    expect(code, stderr).to.equal(0)
    expect(JSON.parse(readFileSync(file('exit'), 'utf8'))).to.include({type: 'exit', expected: true, schemaVersion: 1})
    expect(JSON.parse(readFileSync(file('end'), 'utf8'))).to.include({type: 'end', schemaVersion: 1, generation: 1})
  })

  it('never come from a project that is not trusted', async () => {
    box.write('home/project/.hermesrc.yaml', `hooks:\n  chat:end: cat > ${file('end')}\n`)
    const {code, stderr} = await ask()
    expect(code, stderr).to.equal(0)
    expect(stderr).to.include('hooks.chat:end')
    expect(existsSync(file('end'))).to.equal(false)
  })

  it('that are not there are told, with what was meant', async () => {
    const config = box.write('user.yaml', 'hooks:\n  gateway:exti: "true"\n')
    const {code, stderr} = await ask({HERMES_CONFIG: config})
    expect(code).to.equal(3)
    expect(stderr).to.include('"hooks.gateway:exti"').and.include('did you mean "hooks.gateway:exit"')
  })
})
