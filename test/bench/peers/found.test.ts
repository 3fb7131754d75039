import {mkdirSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {findOnPath, versionOf} from '../../../bench/peers/found.js'
import {NotMeasured} from '../../../bench/peers/person.js'
import {processesOfHome} from '../../helpers/processes-of-home.js'
import {TestHome} from '../../helpers/pty/chat.js'

describe('a program to be measured', () => {
  let home: TestHome
  beforeEach(() => {
    home = new TestHome()
  })
  afterEach(() => home.remove())

  const program = (name: string, script: string, mode = 0o755) => {
    const file = path.join(home.dir, name)
    writeFileSync(file, `#!/bin/sh\n${script}\n`, {mode})
    return file
  }
  const refusal = (command: readonly string[], timeout?: number) =>
    versionOf(command, home, timeout).then(
      (version) => version,
      (error: unknown) => (error instanceof NotMeasured ? error.message : error),
    )

  it('is the first on the PATH that may be run', () => {
    const file = program('peer', 'true')
    program('forbidden', 'true', 0o644)
    mkdirSync(path.join(home.dir, 'folder'))
    const folders = ['/nowhere', '', home.dir].join(path.delimiter)
    expect(findOnPath('peer', folders)).to.deep.equal({file})
    expect(findOnPath('forbidden', folders)).to.deep.equal({unusable: path.join(home.dir, 'forbidden')})
    expect(findOnPath('missing', folders)).to.deep.equal({})
    expect(findOnPath('folder', folders)).to.deep.equal({})
  })

  it('says its version, wherever in the line', async () => {
    expect(await refusal([program('peer', 'echo "peer-cli 1.2.3-beta.1 (abc)"')])).to.equal('1.2.3-beta.1')
  })

  it('that says none, or does not start, is told so', async () => {
    expect(await refusal([program('peer', 'echo "no such option" >&2; exit 2')])).to.equal(
      'it says no version to --version: "no such option"',
    )
    expect(await refusal([path.join(home.dir, 'missing')])).to.match(/^it cannot be started: .*ENOENT/)
  })

  it('that hangs is ended in time, with what it started', async () => {
    expect(await refusal([program('peer', 'sleep 600 & wait')], 100)).to.equal('it did not say its version in 0.1 s')
    while (processesOfHome(home.hermes, []).length > 0) await new Promise(setImmediate)
  })
})
