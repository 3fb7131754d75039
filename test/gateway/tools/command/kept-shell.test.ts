import {existsSync, mkdirSync, readdirSync, rmSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import fc from 'fast-check'
import {readState, type ShellState} from '../../../../src/gateway/tools/command/kept-shell.js'
import {createTerminal} from '../../../../src/gateway/tools/command/terminal.js'
import type {PermitRequest} from '../../../../src/gateway/tools/types.js'
import {isWindows} from '../../../../src/platform.js'
import {runs} from '../../../helpers/sample.js'
import {type Bench, createBench} from '../helpers.js'

const shells = ['/bin/sh', '/bin/bash', '/bin/dash', '/usr/bin/zsh', '/usr/bin/fish'].filter(existsSync)
const inFish = (shell: string) => shell.endsWith('fish')

describe('what commands hand on to each other', function () {
  this.timeout(60_000)
  let bench: Bench
  let state: ShellState
  let requests: PermitRequest[]
  let calls: number
  before(function () {
    if (isWindows) this.skip()
  })
  beforeEach(async () => {
    bench = await createBench()
    mkdirSync(path.join(bench.cwd, 'kept'))
    mkdirSync(path.join(bench.cwd, "it's a folder"))
    state = {env: {}}
    requests = []
    calls = 0
  })
  afterEach(() => bench.cleanUp())

  async function run(shell: string, command: string, {asked = true, cwd}: {asked?: boolean; cwd?: string} = {}) {
    const result = await createTerminal({sandbox: false, shell, keepsShell: true}).run(
      {command, ...(cwd === undefined ? {} : {cwd})},
      {
        ...bench.context,
        // Shells set what is missing of the person's name.
        env: {...process.env, USER: undefined, LOGNAME: undefined, GONE: 'here'},
        permit: async (request) => {
          requests.push(request)
          return {allowed: true, ...(asked ? {asked: true as const} : {})}
        },
        command: () => ({mark: '', keep: {file: path.join(bench.cwd, 'kept', `it's ${++calls}.txt`), maxBytes: 1000}}),
        // As it is stored.
        shell: {state: () => readState(JSON.stringify(state)), keep: (next) => (state = next)},
      },
    )
    return result
  }

  for (const shell of shells) {
    const set = (name: string, value: string) =>
      inFish(shell) ? `set -gx ${name} '${value}'` : `export ${name}='${value}'`
    const unset = (name: string) => (inFish(shell) ? `set -e ${name}` : `unset ${name}`)

    it(`${shell}: the folder and exported variables, which the question names, and the exit code is the command's`, async () => {
      const moved = await run(shell, `cd "it's a folder"; ${set('GREETING', 'two\nlines')}; ${unset('GONE')}; exit 3`)
      expect(moved).to.deep.include({exit_code: 3, cwd: path.join(bench.cwd, "it's a folder")})
      const after = await run(shell, 'pwd; printf "%s|" "$GREETING"; env | grep -c ^GONE=')
      expect(after.output).to.equal(`${bench.cwd}/it's a folder\ntwo\nlines|0\n`)
      expect(requests[1]).to.deep.include({
        access: {
          tool: 'bash',
          command: requests[1]?.access.tool === 'bash' ? requests[1].access.command : '',
          cwd: `${bench.cwd}/it's a folder`,
        },
      })
      expect(requests[1]?.title).to.match(/ with (GREETING, GONE|GONE, GREETING) as set before$/)
      expect(after).to.not.have.property('cwd')
    })

    it(`${shell}: the folder alone where nobody was asked, and nothing back from there`, async () => {
      await run(shell, `cd kept; ${set('GREETING', 'hello')}`)
      const before = state
      const unasked = await run(shell, 'pwd; echo "<$GREETING>"; cd ..', {asked: false})
      expect(unasked.output).to.equal(`${bench.cwd}/kept\n<>\n`)
      expect(state).to.deep.equal(before)
    })

    it(`${shell}: nothing by which a shell or a loader would run something else`, async () => {
      await run(shell, ['BASH_ENV', 'ENV', 'LD_PRELOAD', 'PROMPT_COMMAND'].map((name) => set(name, '/x')).join('; '))
      expect(state.env).to.deep.equal({})
    })

    it(`${shell}: nothing where the command replaces the shell, and what was before stays`, async () => {
      await run(shell, set('GREETING', 'hello'))
      const before = state
      expect(await run(shell, 'exec true')).to.deep.include({exit_code: 0})
      expect(state).to.deep.equal(before)
      expect(readdirSync(path.join(bench.cwd, 'kept'))).to.deep.equal([])
    })
  }

  it('is the session’s folder again where the one that was kept is gone', async () => {
    mkdirSync(path.join(bench.cwd, 'gone'))
    await run('/bin/sh', 'cd gone')
    rmSync(path.join(bench.cwd, 'gone'), {recursive: true})
    expect((await run('/bin/sh', 'pwd')).output).to.equal(`${bench.cwd}\n`)
  })

  it('is any value as it was', async () => {
    const value = fc.string({unit: 'grapheme', maxLength: 30}).map((text) => text.replaceAll('\0', ''))
    let tried = 0
    await fc.assert(
      fc.asyncProperty(value, async (text) => {
        state = {env: {}}
        await run('/bin/sh', `export KEPT='${text.replaceAll("'", "'\\''")}'`)
        const told = await run('/bin/sh', 'printf %s "$KEPT" | od -An -vtx1')
        expect(String(told.output).replaceAll(/\s/g, '')).to.equal(Buffer.from(text).toString('hex'))
        tried += 1
      }),
      {numRuns: runs(100, 15)},
    )
    expect(tried).to.be.at.least(15)
  })

  it('is read from what was stored, whatever stands there', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), fc.constant(null)), (json) => {
        const {cwd, env} = readState(json)
        expect(cwd === undefined || path.isAbsolute(cwd)).to.equal(true)
        for (const each of Object.values(env)) expect(each === null || typeof each === 'string').to.equal(true)
      }),
    )
  })
})
