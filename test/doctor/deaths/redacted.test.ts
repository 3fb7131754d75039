import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'
import fc from 'fast-check'
import {loadConfig} from '../../../src/config/index.js'
import {redactedLines} from '../../../src/doctor/deaths/redacted-life.js'
import {crashesJson, crashJson} from '../../../src/doctor/json.js'
import {renderCrash, renderCrashes} from '../../../src/doctor/report.js'
import {createDoctorRedactor} from '../../../src/doctor/secrets.js'
import {createRedactor} from '../../../src/redact/index.js'
import {deathsIn} from './deaths-in.js'
import {header, theirLine} from './stories.js'

const start = Date.UTC(2026, 8, 20, 9, 0, 0)
const child = 'pid=17 killed=false exitCode=null signal=null'
const look = {paint: (_: string, text: string) => text, unicode: true, columns: 100}
const shaped = 'sk-abcdefghijklmnop1234'
const shapeless = 'correct horse battery staple'

/** A log in which a secret stands in each place that a foreign record has for free text. */
const logWith = (secret: string) =>
  [
    theirLine(start, `[lifecycle] spawned gateway child ${child} python=/opt/${secret}/python cwd=/home/${secret}`),
    theirLine(start + 1, `registered: ${secret}`),
    theirLine(start + 2, `uncaughtException: Error: write EIO ${secret}`),
    `${header('thread exception', start + 1000, 0, ` · thread=${secret}`)}Traceback (most recent call last):\nRuntimeError: ${secret}\nsecond ${secret}\n`,
    `${header('unhandled exception', start + 2000)}Traceback (most recent call last):\n  File "${secret}"\nRuntimeError: ${secret}\n${secret}\n`,
    theirLine(start + 2100, '[lifecycle] child exit pid=17 killed=false exitCode=1 signal=null code=1 signal=null'),
    header('gateway exit', start + 90_000, 0, ` · reason=${secret}`),
    theirLine(start + 95_000, `[lifecycle] child error pid=none message=spawn ${secret} ENOENT`),
    theirLine(start + 99_000, `[lifecycle] transport exit code=1006 reason=gateway websocket closed (${secret})`),
  ].join('')

describe("secrets in the Python pair's log", () => {
  let home: string
  beforeEach(() => {
    home = mkdtempSync(path.join(tmpdir(), 'hermes-secrets-'))
    mkdirSync(path.join(home, 'empty'))
  })
  afterEach(() => rmSync(home, {recursive: true}))

  async function shownOf(secret: string, env: NodeJS.ProcessEnv): Promise<string> {
    const all = {HERMES_HOME: home, HOME: home, ...env}
    const config = await loadConfig({cwd: path.join(home, 'empty'), env: all})
    const found = deathsIn(logWith(secret), {redact: createDoctorRedactor(config, all)})
    expect(found.deaths.length).to.be.at.least(3)
    return [
      ...renderCrashes(found, look, start),
      ...found.deaths.flatMap((death) => [...renderCrash(death, look), JSON.stringify(crashJson(death))]),
      JSON.stringify(crashesJson(found)),
    ].join('\n')
  }

  it('are shown nowhere, by their form', async () => {
    const shown = await shownOf(shaped, {})
    expect(shown).to.include('[redacted]')
    expect(shown).not.to.include(shaped)
  })

  it('are shown nowhere, by the environment and by the files in which the pair keeps its keys', async () => {
    expect(await shownOf(shapeless, {OPENAI_API_KEY: shapeless})).not.to.include(shapeless)
    for (const [file, line] of [
      ['.env', `OPENAI_API_KEY=${shapeless}`],
      ['.env', `export X_API_KEY="${shapeless}"   # mine`],
      ['config.yaml', `model:\n  api_key: ${shapeless}`],
      ['config.yaml', `  "apiKey": '${shapeless}'`],
    ] as const) {
      writeFileSync(path.join(home, file), `# keys\n${line}\n`)
      expect(await shownOf(shapeless, {}), line).not.to.include(shapeless)
      rmSync(path.join(home, file))
    }
  })

  it('keep their death under one name, whoever reads it', () => {
    const ids = (redact?: (text: string) => string) =>
      deathsIn(logWith(shaped), redact ? {redact} : {}).deaths.map(({id}) => id)
    expect(ids(createRedactor())).to.deep.equal(ids())
  })

  it('of several lines are taken out line by line, and nothing else with them', () => {
    const line = fc.stringMatching(/^[A-Za-z0-9+/]{40,64}$/)
    const other = fc.constantFrom('  File "/x/e.py", line 3, in run', '    work()', 'ValueError: no', '')
    const dashes = '-'.repeat(5)
    fc.assert(
      fc.property(
        fc.array(line, {minLength: 1, maxLength: 20}),
        fc.array(other),
        fc.boolean(),
        (key, rest, isWhole) => {
          const kind = 'PRIVATE KEY'
          const end = isWhole ? [`${dashes}END ${kind}${dashes}`] : []
          const lines = ['before', `RuntimeError: ${dashes}BEGIN ${kind}${dashes}`, ...key, ...end, ...rest]
          const shown = redactedLines(lines, createRedactor())
          expect(shown).to.have.length(lines.length)
          for (const each of key) expect(shown.join('\n')).not.to.include(each)
          expect(shown[0]).to.equal('before')
          expect(shown.slice(shown.length - rest.length)).to.deep.equal(rest)
        },
      ),
    )
  })
})
