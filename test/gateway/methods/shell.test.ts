import {chmod, mkdir, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'
import {isRunning} from '../../helpers/pty/processes.js'
import {type GatewayProcess, Scratch} from '../gateway-process.js'

describe('shell.exec', () => {
  const scratch = new Scratch()

  const exec = (gateway: GatewayProcess, sid: string, command: string, id = 'one') =>
    gateway.call('shell.exec', {session_id: sid, command, exec_id: id})

  /** Pids that a line has told, once it has told so many. */
  async function told(gateway: GatewayProcess, count: number): Promise<number[]> {
    const pids = () =>
      gateway.frames
        .filter(({params}) => params?.type === 'shell.output')
        .flatMap(({params}) => String(params?.payload?.preview).split('\n'))
        .flatMap((line) => (/^pid \d+$/.test(line) ? [Number(line.slice(4))] : []))
    await gateway.until(() => new Set(pids()).size >= count)
    return [...new Set(pids())]
  }

  const twoProcesses = 'sleep 1000 & echo pid $!; echo pid $$; wait'

  /** Waits for a condition of the system. */
  async function until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5))
  }

  it("runs a line in the person's shell, in the session's folder, unasked, with their environment", async () => {
    const shell = path.join(scratch.home, 'my-shell')
    await writeFile(shell, '#!/bin/sh\necho by my shell\nexec /bin/sh "$@"\n')
    await chmod(shell, 0o755)
    const gateway = await scratch.start({
      cwd: scratch.project,
      env: {SHELL: shell, MY_TOKEN: 'secret', HERMES_RUN: 'x'},
    })
    const {sid} = await gateway.create()
    const result = await exec(
      gateway,
      sid,
      'pwd; echo $MY_TOKEN; printenv HERMES_RUN || echo none; echo to stderr >&2; cat; exit 3',
    )
    const output = `by my shell\n${scratch.project}\nsecret\nnone\nto stderr\n`
    expect(result).to.deep.include({output, exit_code: 3, stdout: output, stderr: '', code: 3})
    expect(gateway.types()).not.to.include('approval.request')
  })

  it('is ended by shell.stop, with all that it started', async () => {
    const gateway = await scratch.start()
    const {sid} = await gateway.create()
    const running = exec(gateway, sid, twoProcesses)
    const pids = await told(gateway, 2)
    expect((await gateway.refused('shell.exec', {session_id: sid, command: 'true', exec_id: 'one'})).code).to.equal(
      4009,
    )
    expect(await gateway.call('shell.stop', {session_id: sid, exec_id: 'other'})).to.deep.equal({stopped: false})
    expect(await gateway.call('shell.stop', {session_id: sid, exec_id: 'one'})).to.deep.equal({stopped: true})
    expect(await running).to.include({interrupted: true})
    await until(() => !pids.some(isRunning))
  })

  for (const way of ['its client', 'itself'] as const) {
    it(`ends with the gateway when that loses ${way}`, async () => {
      const gateway = await scratch.start()
      const {sid} = await gateway.create()
      gateway.send('shell.exec', {session_id: sid, command: twoProcesses, exec_id: 'one'})
      const pids = await told(gateway, 2)
      if (way === 'itself') await gateway.kill()
      else gateway.child.stdin.end()
      await gateway.exited
      await until(() => !pids.some(isRunning))
    })
  }

  it('is bounded, whatever a line puts out', async () => {
    const gateway = await scratch.start()
    const {sid} = await gateway.create()
    const result = await exec(gateway, sid, 'yes | head -c 3000000')
    expect(result.truncated).to.equal(true)
    expect(String(result.output).length).to.be.below(50_000)
    expect(JSON.stringify(gateway.frames).length).to.be.below(1_000_000)
  })

  it('does not do what a rule denies', async () => {
    const folder = path.join(scratch.home, '.config/hermes')
    await mkdir(folder, {recursive: true})
    await writeFile(path.join(folder, 'config.yaml'), 'permissions:\n  deny: ["bash(rm *)"]\n')
    const gateway = await scratch.start({cwd: scratch.project})
    const {sid} = await gateway.create()
    const refused = await gateway.refused('shell.exec', {session_id: sid, command: 'echo a && rm -rf b'})
    expect(refused.code).to.equal(4005)
    expect(refused.message).to.include('rm *')
    expect(await exec(gateway, sid, 'echo fine')).to.include({output: 'fine\n'})
    for (const command of ['', '  ', 'a\0b']) {
      expect((await gateway.refused('shell.exec', {session_id: sid, command})).code).to.be.within(4000, 4099)
    }
  })
})
