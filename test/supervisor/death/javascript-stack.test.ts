import {type ChildProcessWithoutNullStreams, spawn} from 'node:child_process'
import {once} from 'node:events'
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {createInterface} from 'node:readline'
import {expect} from 'chai'
import {inspectorFlags} from '../../../src/protocol/inspector.js'
import {JavaScriptStack} from '../../../src/supervisor/death/javascript-stack.js'

describe('the JavaScript stack of a stuck process', () => {
  let child: ChildProcessWithoutNullStreams
  let said: Promise<unknown>
  /** What was not the inspector's own. */
  let stderr: string[]
  let address: string | undefined
  let folder: string
  /** A file that ends a loop. */
  let enough: string

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'hermes-stack-'))
    enough = path.join(folder, 'enough')
  })

  /**
   * Until the program writes, or closes its output: unlike every way to write, that runs no JavaScript of Node
   * afterwards, so that nothing but the loop that follows can be met.
   */
  async function run(program: string): Promise<JavaScriptStack> {
    child = spawn(process.execPath, [...inspectorFlags, '-e', program, enough], {stdio: 'pipe'})
    const stack = new JavaScriptStack()
    stderr = []
    createInterface({input: child.stderr}).on('line', (line) => {
      address ??= /listening on (\S+)/.exec(line)?.[1]
      if (!stack.take(line)) stderr.push(line)
    })
    await new Promise((resolve) => child.stdout.once('data', resolve).once('end', resolve))
    said = once(child.stdout, 'data')
    return stack
  }
  afterEach(async () => {
    address = undefined
    rmSync(folder, {recursive: true})
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  })

  it('is that of an endless loop', async () => {
    const stack = await run(`
      const {closeSync} = require('fs')
      function parseHuge() { for (;;) JSON.stringify({}) }
      console.error('mine')
      setTimeout(function turn() { closeSync(1); parseHuge() })`)
    const [first, second] = (await stack.read(child.pid ?? 0)).split('\n')
    expect(first).to.match(/^at parseHuge \(.+:\d+:\d+\)$/)
    expect(second).to.match(/^at turn \(/)
    expect(stderr).to.deep.equal(['mine'])
  })

  it('begins below what Node does to open its inspector', async () => {
    // A loop of native code, which can be stopped in what it calls alone.
    const stack = await run(`
      const {closeSync} = require('fs')
      const emit = process.emit.bind(process, 'internalMessage')
      function parseHuge() { [].findIndex.call({length: Number.MAX_SAFE_INTEGER}, emit) }
      setTimeout(function turn() { closeSync(1); parseHuge() })`)
    expect(await stack.read(child.pid ?? 0)).to.match(/^at parseHuge \(.+\nat turn \(/)
  })

  it('is told to whoever reads its stderr alone', async () => {
    const stack = await run(`setTimeout(() => { console.log('begun'); for (;;); })`)
    process.kill(child.pid ?? 0, 'SIGUSR1')
    while (address === undefined) await once(child.stderr, 'data')
    const {host, pathname} = new URL(address)
    expect(pathname).to.match(/^\/[0-9a-f-]{36}$/)
    const answer = await fetch(`http://${host}/json/list`).then((response) => response.text())
    expect(answer).to.not.include(pathname.slice(1))
    expect(stderr[0], 'nobody has asked for a stack yet').to.include('Debugger listening')
    expect(await stack.read(child.pid ?? 0)).to.match(/^at /)
  })

  it('changes nothing for a process that was only slow', async () => {
    const stack = await run(`
      setTimeout(() => {
        console.log('begun')
        while (!require('fs').existsSync(process.argv[1]));
        console.log('done')
      })`)
    expect(await stack.read(child.pid ?? 0)).to.match(/^at /)
    writeFileSync(enough, '')
    expect(String(await said)).to.equal('done\n')
  })

  it('is not there in native code, and that is said', async () => {
    // The shell says so when the process already waits for it, in native code.
    const stack = await run(
      `require('child_process').spawnSync('sh', ['-c', 'echo begun; read x'], {stdio: 'inherit'})`,
    )
    expect(await stack.read(child.pid ?? 0)).to.include('no JavaScript stack')
  })

  it('is not there of a process that ended, and that is said', async () => {
    const stack = await run(`console.log('begun')`)
    await once(child, 'exit')
    expect(await stack.read(child.pid ?? 0)).to.include('no JavaScript stack')
  })
})
