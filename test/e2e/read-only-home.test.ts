import {spawnSync} from 'node:child_process'
import {mkdirSync} from 'node:fs'
import {expect} from 'chai'
import {ensureBuilt} from '../helpers/build.js'
import {runHermes} from '../helpers/program/run-program.js'
import {createSandbox, type Sandbox} from '../helpers/sandbox.js'

/** Mounts a folder on itself, read-only: only root may. */
const mount = (folder: string) =>
  spawnSync('mount', ['--bind', folder, folder]).status === 0 &&
  spawnSync('mount', ['-o', 'remount,ro,bind', folder]).status === 0

describe('a home on a read-only file system', function () {
  this.timeout(60_000)
  let box: Sandbox
  let home: string
  before(async function () {
    ensureBuilt()
    box = createSandbox()
    home = box.env.HERMES_HOME ?? ''
    mkdirSync(home)
    const {code, stderr} = await hermes('chat', '-p', 'remember me', '--model', 'offline/5')
    expect(code, stderr).to.equal(0)
    if (!mount(home)) this.skip()
  })
  after(() => {
    spawnSync('umount', [home])
    box.remove()
  })

  const hermes = (...args: string[]) => runHermes(args, {cwd: box.project, env: {...box.env, NO_COLOR: '1'}})

  it('lists and shows what is there', async () => {
    expect((await hermes('sessions')).stdout).to.include('remember me')
    expect((await hermes('sessions', '--search', 'remember')).stdout).to.include('remember')
    for (const words of [
      ['config'],
      ['config', 'path'],
      ['permissions', 'list'],
      ['plugins', 'list'],
      ['doctor', 'crashes'],
    ]) {
      const {code, stderr} = await hermes(...words)
      expect({code, stderr}, words.join(' ')).to.deep.equal({code: 0, stderr: ''})
    }
  })

  it('is told with advice that helps there', async () => {
    const doctor = await hermes('doctor')
    expect(doctor.stdout).to.include('EROFS').and.include('mounted read-only').and.not.include('chmod')
    const chat = await hermes('chat', '-p', 'hi', '--model', 'offline/5')
    expect(chat.code).to.equal(6)
    expect(chat.stderr).to.include('The file system is mounted read-only').and.not.include('permission')
  })
})
