import {chmodSync} from 'node:fs'
import {expect} from 'chai'
import {checkSandbox} from '../../../src/doctor/checks/sandbox.js'
import {probeSandbox, type SandboxProbe} from '../../../src/permissions/sandbox/probe.js'
import {createSandbox, type Sandbox} from '../../helpers/sandbox.js'

describe('the search for a sandbox', () => {
  let box: Sandbox
  beforeEach(() => {
    box = createSandbox()
  })
  afterEach(() => box.remove())

  const program = (text: string) => {
    const file = box.write('bwrap', `#!/bin/sh\n${text}\n`)
    chmodSync(file, 0o755)
    return probeSandbox(async () => file, 'linux')
  }

  it('tells what is missing, and what the system does not allow', async () => {
    const missing = await probeSandbox(async () => undefined, 'linux')
    expect(missing).to.deep.include({why: 'bubblewrap is not installed'})
    expect(await probeSandbox(async () => undefined, 'win32')).to.have.property('why', 'there is none for win32')
    for (const [said, remedy] of [
      ['bwrap: loopback: Failed RTM_NEWADDR: Operation not permitted', 'AppArmor'],
      ['bwrap: setting up uid map: Permission denied', 'AppArmor'],
      ['bwrap: unknown option --cap-drop', '--version'],
    ]) {
      const probe = await program(`echo '${said}' >&2; exit 1`)
      expect(probe).to.have.property('why').that.includes(said)
      expect(probe).to.have.property('remedy').that.includes(remedy)
    }
    expect(await program('exit 0')).to.have.property('kind', 'bubblewrap')
  })

  it('is told by the doctor: whether it works, and whether it is meant to', () => {
    const works: SandboxProbe = {kind: 'bubblewrap', program: '/usr/bin/bwrap'}
    const fails: SandboxProbe = {why: 'bubblewrap is not installed', remedy: 'install it'}
    expect(checkSandbox(works, true)).to.include({
      status: 'ok',
      summary: 'bubblewrap works here; commands run in it unasked',
    })
    expect(checkSandbox(works, false)).to.include({
      status: 'ok',
      summary: 'bubblewrap works here; permissions.sandbox is off',
    })
    expect(checkSandbox(fails, false).status).to.equal('skipped')
    expect(checkSandbox(fails, true)).to.deep.include({status: 'warn', remedy: ['install it']})
  })
})
