import {chmodSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import fc from 'fast-check'
import {configKeys, type Hint, loadConfig, settingOf} from '../../src/config/index.js'
import {toldFile} from '../../src/config/paths.js'
import {takeUntold} from '../../src/config/told.js'
import {trustProject} from '../../src/config/trust-project.js'
import {ensureBuilt} from '../helpers/build.js'
import {makeOdd, oddKinds} from '../helpers/odd-files.js'
import {runHermes} from '../helpers/program/run-program.js'
import {createSandbox, type Sandbox} from '../helpers/sandbox.js'

describe('hints', () => {
  let box: Sandbox
  beforeEach(() => {
    box = createSandbox()
  })
  afterEach(() => box.remove())

  const load = () => loadConfig({cwd: box.project, env: box.env})

  it('are told once each, whatever else is told', () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.nat(30), {maxLength: 5}), {maxLength: 12}), (runs) => {
        const env = {...box.env, XDG_DATA_HOME: path.join(box.directory, `data${Math.random()}`)}
        const told: string[] = []
        for (const run of runs) {
          const hints: Hint[] = [...new Set(run)].map((number) => ({id: `id ${number}`, text: ''}))
          told.push(...takeUntold(hints, env).map(({id}) => id))
        }
        expect(told.sort()).to.deep.equal([...new Set(runs.flat().map((number) => `id ${number}`))].sort())
      }),
      {numRuns: 30},
    )
  })

  it('are told again where it can not be kept that they were', () => {
    for (const kind of process.platform === 'win32' ? [] : oddKinds) {
      const env = {...box.env, XDG_DATA_HOME: path.join(box.directory, kind)}
      makeOdd(kind, toldFile(env))
      expect(takeUntold([{id: 'a', text: ''}], env), kind).to.have.length(1)
    }
    for (const text of ['', '{', '[]', '{"told": 5}', '{"told": [5]}', 'null']) {
      box.write(path.relative(box.directory, toldFile(box.env)), text)
      expect(takeUntold([{id: 'a', text: ''}], box.env), text).to.have.length(1)
      expect(takeUntold([{id: 'a', text: ''}], box.env), text).to.have.length(0)
    }
    expect(statSync(toldFile(box.env)).mode & 0o077).to.equal(0)
  })

  it('tell of what a project could set once, and it sets nothing', async () => {
    const formerly = configKeys.filter((key) => settingOf(key).formerly)
    expect(formerly).to.deep.equal(['log.maxBytes', 'log.files'])
    for (const key of formerly) {
      const file = box.write('home/project/.hermesrc', `model: a/b\n${key}: 4096\n`)
      const {values, origins, warnings, hints} = await load()
      expect(values.model).to.equal('a/b')
      expect(origins[key]).to.deep.equal({kind: 'default'})
      expect(warnings).to.deep.equal([])
      expect(hints.map(({text}) => text)).to.deep.equal([
        `${file}:2:1: "${key}" is ignored: it is your own setting now, since it says which crash logs are deleted`,
      ])
    }
    // A value that is none any more is no mistake either.
    box.write('home/project/.hermesrc', 'log.files: never\n')
    expect((await load()).hints).to.have.length(1)
    box.write('home/project/.hermesrc', 'log.files: 7\n')
    await trustProject({cwd: box.project, env: box.env, file: undefined})
    expect(await load()).to.deep.include({hints: [], warnings: []})
    expect((await load()).values['log.files']).to.equal(7)
  })

  if (process.platform !== 'win32')
    it('tell of keys that others may read, for every mode', async () => {
      let tried = 0
      for (const [secret, text] of [
        [true, 'providers: {a: {apiKey: sk-1234567890abcdefghijkl}}\n'],
        [true, 'providers: {a: {headers: {x-key: abc}}}\n'],
        [true, 'providers.a.apiKey: sk-1234567890abcdefghijkl\n'],
        [false, 'providers: {a: {baseUrl: "http://x"}}\nmodel: a/b\n'],
      ] as const) {
        const file = box.write('home/.config/hermes/config.yaml', text)
        for (const mode of [0o600, 0o400, 0o640, 0o644, 0o604, 0o660, 0o666, 0o755, 0o700]) {
          tried++
          chmodSync(file, mode)
          const told = (await load()).hints.map((hint) => hint.text)
          const open = secret && (mode & 0o066) !== 0
          const who = (mode & 0o006) !== 0 ? 'everybody on this machine' : 'your group'
          expect(told, mode.toString(8)).to.deep.equal(
            open ? [`${file} holds keys, and ${who} may read it: chmod 600 ${file}`] : [],
          )
        }
      }
      console.log(`      ${tried} files tried`)
    })

  describe('by the program', () => {
    before(function () {
      this.timeout(60_000)
      ensureBuilt()
    })

    it('come once from chat; a project deletes no crash log', async function () {
      this.timeout(60_000)
      const logs = path.join(box.home, '.hermes', 'logs')
      mkdirSync(logs, {recursive: true, mode: 0o700})
      const rotated = Array.from({length: 4}, (_, index) => `tui_gateway_crash.log.20260101T00000${index}Z-1-${index}`)
      for (const name of rotated) writeFileSync(path.join(logs, name), 'x'.repeat(5000))
      writeFileSync(path.join(logs, 'tui_gateway_crash.log'), `${'x'.repeat(99)}\n`.repeat(60), {mode: 0o600})
      box.write('home/project/.hermesrc', 'log: {files: 1, maxBytes: 4096}\n')
      const told: number[] = []
      for (let run = 0; run < 3; run++) {
        const {code, stderr} = await runHermes(['chat', '-m', 'offline', '-p', 'count to 2'], {
          cwd: box.project,
          env: box.env,
        })
        expect(code, stderr).to.equal(0)
        told.push(stderr.match(/is your own setting now/g)?.length ?? 0)
      }
      expect(told).to.deep.equal([2, 0, 0])
      expect(readdirSync(logs)).to.include.members(rotated)
      const {stderr, stdout} = await runHermes(['config'], {cwd: box.project, env: box.env})
      expect(stderr.match(/^note: .*is your own setting now/gm)).to.have.length(2)
      expect(stdout).to.match(/^log\.files +5 +default$/m)
      expect((await runHermes(['config', 'get', 'log.files'], {cwd: box.project, env: box.env})).stderr).to.equal('')
      expect((await runHermes(['doctor'], {cwd: box.project, env: box.env})).stdout).to.include(
        'is your own setting now',
      )
      expect(existsSync(toldFile(box.env))).to.equal(true)
    })
  })
})
