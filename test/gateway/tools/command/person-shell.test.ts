import {chmodSync, existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'
import fc from 'fast-check'
import {commandShell} from '../../../../src/gateway/tools/command/person-shell.js'
import {createTerminal} from '../../../../src/gateway/tools/command/terminal.js'
import type {PermitRequest} from '../../../../src/gateway/tools/types.js'
import {isWindows} from '../../../../src/platform.js'
import {type Bench, createBench} from '../helpers.js'

/** Where a shell is on this machine. */
const shellsHere = ['bash', 'zsh', 'fish', 'dash'].flatMap((name) =>
  ['/bin', '/usr/bin', '/usr/local/bin', '/opt/homebrew/bin']
    .map((folder) => path.join(folder, name))
    .filter(existsSync)
    .slice(0, 1),
)

describe('the shell of a command', () => {
  let bench: Bench
  before(function () {
    if (isWindows) this.skip()
  })
  beforeEach(async () => {
    bench = await createBench()
  })
  afterEach(() => bench.cleanUp())

  /** Runs in a chat of a person with that shell, who is asked or is not. */
  async function run(shell: string | undefined, command: string, {asked}: {asked: boolean}) {
    const requests: PermitRequest[] = []
    const permit = async (request: PermitRequest) => {
      requests.push(request)
      return {allowed: true, ...(asked ? {asked: true as const} : {})} as const
    }
    const tool = createTerminal({sandbox: false, shell})
    return {tool, requests, result: await tool.run({command}, {...bench.context, permit})}
  }

  const version = 'echo "zsh:$ZSH_VERSION bash:$BASH_VERSION fish:$FISH_VERSION"'

  for (const shell of shellsHere) {
    it(`is ${shell} where the person was asked, which the question and the model are told, and /bin/sh else`, async () => {
      const name = path.basename(shell)
      expect(commandShell({SHELL: shell})).to.equal(shell)
      const {tool, requests, result} = await run(shell, version, {asked: true})
      expect(requests[0]?.title).to.equal(`Run a shell command in ${name}`)
      expect(tool.description).to.include(`asked for runs in ${name}, any other in /bin/sh`)
      const others = ['zsh', 'bash', 'fish'].filter((each) => each !== name)
      for (const other of others) expect(String(result.output)).to.match(new RegExp(`${other}:(?: |\\n)`))
      if (name !== 'dash') expect(String(result.output)).to.match(new RegExp(`${name}:\\d`))
      const {result: unasked} = await run(shell, version, {asked: false})
      expect(unasked).to.deep.equal((await run(undefined, version, {asked: true})).result)
    })
  }

  it('understands what the person’s own does, and runs the very text', async function () {
    const bash = shellsHere.find((shell) => shell.endsWith('/bash'))
    if (!bash) this.skip()
    const {result} = await run(
      bash,
      `set -o pipefail; [[ a == a ]] && echo {1..3}; false | cat; echo "$?"; echo 'a  "b"'`,
      {asked: true},
    )
    expect(result.output).to.equal('1 2 3\n1\na  "b"\n')
    const {requests, result: plain} = await run(undefined, 'echo "$0"', {asked: true})
    expect(plain.output).to.equal('/bin/sh\n')
    expect(requests[0]?.title).to.equal('Run a shell command')
  })

  it('is none that takes a command otherwise, is not there, or can’t be started', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'hermes-shells-'))
    try {
      for (const name of ['zsh', 'nu', 'bash']) writeFileSync(path.join(folder, name), '#!/bin/sh\n', {mode: 0o755})
      chmodSync(path.join(folder, 'zsh'), 0o644)
      symlinkSync('/bin/sh', path.join(folder, 'fish'))
      expect(commandShell({SHELL: path.join(folder, 'bash')})).to.equal(path.join(folder, 'bash'))
      for (const SHELL of ['', 'bash', './bash', '/bin/sh', '/nowhere/bash', path.join(folder, 'nu')]) {
        expect(commandShell({SHELL}), SHELL).to.equal(undefined)
      }
      if (process.getuid?.() !== 0) expect(commandShell({SHELL: path.join(folder, 'zsh')})).to.equal(undefined)
      fc.assert(fc.property(fc.string(), (name) => commandShell({SHELL: `/nowhere/${name}/zsh`}) === undefined))
      expect(commandShell({})).to.equal(undefined)
    } finally {
      rmSync(folder, {recursive: true, force: true})
    }
  })
})
