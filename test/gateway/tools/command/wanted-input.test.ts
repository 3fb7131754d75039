import {spawnSync} from 'node:child_process'
import {expect} from 'chai'
import fc from 'fast-check'
import {wantedInput} from '../../../../src/gateway/tools/command/wanted-input.js'
import {isWindows} from '../../../../src/platform.js'
import {type Bench, createBench} from '../helpers.js'

const has = (program: string) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0

describe('a command that asks for input', () => {
  let bench: Bench
  before(function () {
    if (isWindows) this.skip()
  })
  beforeEach(async () => {
    bench = await createBench()
  })
  afterEach(() => bench.cleanUp())

  const asking: Record<string, string> = {
    sh: 'read answer < /dev/tty && echo got',
    bash: `bash -c 'read -rp "Password: " -s word < /dev/tty && echo got'`,
    python3: `python3 -c 'input("Name? ")'`,
    node: `node -e 'require("node:fs").openSync("/dev/tty", "r")'`,
    ssh: 'ssh -o StrictHostKeyChecking=ask -o ConnectTimeout=2 -o BatchMode=no -o ProxyCommand="echo SSH-2.0-x" nobody@localhost; ssh-keygen -y -P "" -f /nowhere; cat /dev/tty',
    su: 'su nobody-at-all -c true < /dev/tty',
  }
  for (const [program, command] of Object.entries(asking)) {
    it(`does not hang, and is told as such: ${program}`, async function () {
      if (!has(program)) this.skip()
      const result = await bench.run('terminal', {command, timeout: 30})
      expect(result.timed_out).to.equal(undefined)
      expect(result.wanted_input, String(result.output)).to.match(/neither a terminal nor input/)
      expect(result.output).to.not.include('got')
    })
  }

  it('is none that says nothing of it, or ends well', async () => {
    for (const command of [
      'cat; exit 1',
      'echo "/dev/tty: No such device or address"',
      'false',
      'echo password; exit 2',
    ]) {
      expect(await bench.run('terminal', {command}), command).to.not.have.property('wanted_input')
    }
  })

  it('is looked for in bounded time, whatever was put out', () => {
    const piece = fc.constantFrom(
      '/dev/tty',
      ' ',
      'no such device',
      'could not read username for ',
      'a',
      'permission denied (',
      '\n',
    )
    fc.assert(
      fc.property(fc.array(piece, {maxLength: 2000}), (pieces) => {
        const text = pieces.join('')
        expect(wantedInput(text)).to.equal(wantedInput(text.toUpperCase()))
      }),
    )
  })
})
