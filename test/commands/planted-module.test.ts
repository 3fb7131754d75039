import {spawnSync} from 'node:child_process'
import {chmodSync, existsSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {ensureBuilt} from '../helpers/build.js'
import {runHermes} from '../helpers/program/run-program.js'
import {someOf} from '../helpers/sample.js'
import {createSandbox, type Sandbox} from '../helpers/sandbox.js'

describe('a project that holds a module of the name of the gateway', () => {
  let box: Sandbox
  before(function () {
    this.timeout(60_000)
    // Older ones know no safe path.
    const {status} = spawnSync('python3', ['-c', 'import sys; sys.exit(sys.version_info < (3, 11))'])
    if (status !== 0) this.skip()
    ensureBuilt()
  })
  beforeEach(() => {
    box = createSandbox()
  })
  afterEach(() => box.remove())

  const commands = [
    ['python3', '-m', 'tui_gateway.entry'],
    ['/usr/bin/env', 'python3', '-m', 'tui_gateway.entry'],
    ['python3', '-u', '-m', 'tui_gateway.entry'],
  ]

  it('does not run it, in chat and doctor; the real one does, and its workers', async function () {
    this.timeout(120_000)
    const ran = path.join(box.directory, 'ran')
    const planted = `open(${JSON.stringify(ran)}, 'w').close()\nraise SystemExit(1)\n`
    for (const module of ['__init__', 'entry', 'slash_worker'])
      box.write(`home/project/tui_gateway/${module}.py`, planted)
    for (const module of ['json', 'sitecustomize', 'usercustomize']) box.write(`home/project/${module}.py`, planted)
    // Stands for the one that is installed: it says what it is, starts a worker and ends.
    const source = path.join(box.directory, 'installed')
    box.write('installed/tui_gateway/__init__.py', '')
    box.write(
      'installed/tui_gateway/entry.py',
      "import subprocess, sys, json\nsys.stderr.write('the installed gateway\\n')\nsubprocess.run([sys.executable, '-m', 'tui_gateway.slash_worker'])\nsys.exit(3)\n",
    )
    box.write(
      'installed/tui_gateway/slash_worker.py',
      "import sys, json\nsys.stderr.write('the installed worker\\n')\n",
    )
    chmodSync(box.project, 0o755)
    for (const command of someOf(commands, 1)) {
      for (const env of [box.env, {...box.env, PYTHONPATH: source}]) {
        const run = {cwd: box.project, env: {...env, HERMES_GATEWAY_COMMAND: command.join(' ')}}
        const chat = await runHermes(['chat', '-p', 'hi'], run)
        const doctor = await runHermes(['doctor'], run)
        expect(existsSync(ran), `${command}\n${chat.stderr}`).to.equal(false)
        expect(chat.code).to.equal(4)
        const said = env.PYTHONPATH ? 'the installed worker' : "No module named 'tui_gateway'"
        expect(chat.stderr + doctor.stdout).to.include(said)
      }
    }
    // As Python does by itself, which proves that the module would run.
    const careless = {
      cwd: box.project,
      env: {...box.env, PYTHONSAFEPATH: '', HERMES_GATEWAY_COMMAND: 'python3 -m tui_gateway.entry'},
    }
    await runHermes(['chat', '-p', 'hi'], careless)
    expect(existsSync(ran)).to.equal(true)
  })
})
