import {mkdirSync, rmSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import fc from 'fast-check'
import {loadConfig, projectPlaces, trustFile} from '../../../src/config/index.js'
import {exitCodes, HermesError} from '../../../src/errors.js'
import {readRulesFile} from '../../../src/permissions/rules/rules-file.js'
import {ensureBuilt} from '../../helpers/build.js'
import {hostileYaml} from '../../helpers/hostile/hostile-yaml.js'
import {makeOdd, type OddKind, oddKinds} from '../../helpers/odd-files.js'
import {runHermes} from '../../helpers/program/run-program.js'
import {runs} from '../../helpers/sample.js'
import {createSandbox, type Sandbox} from '../../helpers/sandbox.js'

describe('configuration files that are no configuration', () => {
  let box: Sandbox
  beforeEach(() => {
    box = createSandbox()
  })
  afterEach(() => box.remove())

  const load = () => loadConfig({cwd: box.project, env: box.env})

  async function problemOf(act: () => Promise<unknown>): Promise<HermesError> {
    const thrown = await act().then(
      () => undefined,
      (error: unknown) => error,
    )
    if (!(thrown instanceof HermesError)) throw new Error(`no HermesError: ${String(thrown)}`)
    return thrown
  }

  /** One line, or the list of what is wrong in the file: short, with its name, and never a defect. */
  function expectTold({message, exit}: HermesError, file: string): void {
    expect(exit).to.equal(exitCodes.config)
    expect(message).to.include(file)
    expect(message.split('\n').length).to.be.below(30)
    expect(message.length).to.be.below(10_000)
  }

  it('names the file of aliases that explode or hold themselves, and of what is too deep or too long', async function () {
    this.timeout(120_000)
    let tried = 0
    await fc.assert(
      fc.asyncProperty(
        hostileYaml,
        fc.constantFrom('home/project/.hermesrc', 'home/project/hermes.config.yaml', 'home/.config/hermes/config.yml'),
        async (text, name) => {
          tried++
          const file = box.write(name, text)
          try {
            expectTold(await problemOf(load), file)
          } finally {
            rmSync(file)
          }
        },
      ),
      {numRuns: runs(120, 15)},
    )
    console.log(`      ${tried} files tried`)
  })

  it('names a JSON file that is too deep or too long', async () => {
    const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`
    for (const [name, text] of [
      ['package.json', `{"hermes": {"model": ${nested(200_000)}}}`],
      ['package.json', `{"hermes": ${nested(200_000)}}`],
      ['package.json', `{"hermes": ${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}`],
      ['.hermesrc.json', nested(200_000)],
      ['.hermesrc', `{"model": ${nested(1000)}}`],
      ['.hermesrc.json', `{"recovery.backoffMs": [${'1,'.repeat(20_000)}1]}`],
    ] as const) {
      const file = box.write(`home/project/${name}`, text)
      expectTold(await problemOf(load), file)
      rmSync(file)
    }
  })

  it('passes over what is deep in a package.json and none of ours', async () => {
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`
    box.write('home/project/package.json', `{"x": ${deep}, "hermes": {"model": "a/b"}}`)
    expect((await load()).values.model).to.equal('a/b')
    const file = box.write('home/project/package.json', `{"x": ${deep}, "hermes": {"modle": "a/b"}}`)
    expectTold(await problemOf(load), file)
  })

  it('tells the first of thousands of problems, with any length of keys', async () => {
    const file = box.write(
      'home/project/.hermesrc',
      Array.from({length: 9000}, (_, index) => `${'k'.repeat(index % 100)}${index}: 1`).join('\n'),
    )
    const error = await problemOf(load)
    expectTold(error, file)
    expect(error.message)
      .to.match(/^9000 problems in the configuration:\n/)
      .and.match(/\n {2}… and 8980 more$/)
    box.write('home/project/.hermesrc', `${'k'.repeat(900_000)}: 1`)
    expectTold(await problemOf(load), file)
  })

  if (process.platform !== 'win32') {
    const passedOver: OddKind[] = ['FIFO', 'link to a FIFO', 'endless device', 'terminal device', 'folder']
    const missing: OddKind[] = ['link to itself', 'link to nothing']

    for (const kind of oddKinds) {
      it(`is bounded, named or passed over in every place: ${kind}`, async () => {
        for (const name of projectPlaces) {
          const file = path.join(box.project, name)
          // What is beside it counts all the same.
          const other = box.write(
            `home/project/.config/hermes/${name.endsWith('config.yml') ? 'config.yaml' : 'config.yml'}`,
            'model: a/b\n',
          )
          makeOdd(kind, file)
          if ([...passedOver, ...missing].includes(kind)) expect((await load()).values.model, name).to.equal('a/b')
          else expectTold(await problemOf(load), file)
          rmSync(other)
          rmSync(box.project, {recursive: true})
          mkdirSync(box.project)
        }
      })

      it(`is named where the person named it: ${kind}`, async () => {
        const file = path.join(box.directory, 'named.yaml')
        makeOdd(kind, file)
        const named = () => loadConfig({cwd: box.project, env: {...box.env, HERMES_CONFIG: file}})
        expectTold(await problemOf(named), file)
      })

      it(`is named in place of the list of trusted files, and of the rules: ${kind}`, async () => {
        box.write('home/project/.hermesrc', 'gateway.command: x\n')
        const trusted = trustFile(box.env)
        makeOdd(kind, trusted)
        if (kind === 'link to nothing') expect((await load()).values['gateway.command']).to.equal(undefined)
        else expectTold(await problemOf(load), trusted)
        const rules = path.join(box.home, 'permissions.yaml')
        makeOdd(kind, rules)
        expectTold(await problemOf(() => readRulesFile(rules)), rules)
      })
    }
  }

  it('names rules with aliases that explode or hold themselves', async function () {
    this.timeout(60_000)
    let tried = 0
    await fc.assert(
      fc.asyncProperty(hostileYaml, async (text) => {
        tried++
        const file = box.write('permissions.yaml', text)
        const {chmodSync} = await import('node:fs')
        chmodSync(file, 0o600)
        expectTold(await problemOf(() => readRulesFile(file)), file)
        rmSync(file)
      }),
      {numRuns: runs(40, 15)},
    )
    console.log(`      ${tried} files tried`)
  })

  describe('by the program', () => {
    before(function () {
      this.timeout(60_000)
      ensureBuilt()
    })

    for (const [what, text] of [
      [
        'an alias bomb',
        `a0: &a0 [x]\n${Array.from({length: 11}, (_, i) => `a${i + 1}: &a${i + 1} [${Array(10).fill(`*a${i}`)}]`).join('\n')}\nrecovery.backoffMs: *a11\n`,
      ],
      ['an alias that holds itself', 'model: &a [*a]\n'],
      ['3 GB', undefined],
    ] as const) {
      it(`ends with 3 and names the file: ${what}`, async function () {
        this.timeout(60_000)
        const file = path.join(box.project, '.hermesrc')
        if (text === undefined) makeOdd('3 GB', file)
        else box.write('home/project/.hermesrc', text)
        for (const args of [['config'], ['config', 'path'], ['config', 'get', 'model'], ['chat', '-p', 'hi']]) {
          const {code, stdout, stderr} = await runHermes(args, {cwd: box.project, env: box.env})
          expect(code, `${args}: ${stderr}`).to.equal(exitCodes.config)
          expect(stdout).to.equal('')
          expect(stderr).to.include(file)
        }
        const doctor = await runHermes(['doctor'], {cwd: box.project, env: box.env})
        expect(doctor.code).to.equal(1)
        expect(doctor.stdout).to.include(file)
      })
    }
  })
})
