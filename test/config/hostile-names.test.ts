import {mkdirSync, rmSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import fc from 'fast-check'
import {describeSettings, loadConfig, originText, valueText} from '../../src/config/index.js'
import {visibleJson, visibleLines, visibleText} from '../../src/control-sequences.js'
import {ensureBuilt} from '../helpers/build.js'
import {hiddenCharacters, hostileText} from '../helpers/hidden-text.js'
import {runHermes} from '../helpers/program/run-program.js'
import {runs, someOf} from '../helpers/sample.js'
import {createSandbox, type Sandbox} from '../helpers/sandbox.js'

/** What no text of a project may bring to the terminal; a line break of ours is one of `lines`. */
const raw = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u

function expectHarmless(text: string): void {
  for (const line of text.split('\n')) expect(line, JSON.stringify(line)).to.not.match(raw)
}

describe('names and values that drive a terminal', () => {
  it('are told apart and made visible', () => {
    fc.assert(
      fc.property(hostileText, hostileText, (one, other) => {
        expectHarmless(visibleText(one))
        expect(visibleText(one)).to.not.include('\n')
        expectHarmless(visibleLines(one))
        const json = JSON.stringify({[one]: other})
        expectHarmless(visibleJson(json))
        expect(JSON.parse(visibleJson(json))).to.deep.equal({[one]: other})
      }),
    )
  })

  describe('in a project', () => {
    let box: Sandbox
    beforeEach(() => {
      box = createSandbox()
    })
    afterEach(() => box.remove())

    const configurations: ((text: string) => string)[] = [
      (text) => JSON.stringify({[text]: 1}),
      (text) => JSON.stringify({recovery: {[text]: 1}}),
      (text) => JSON.stringify({[`providers.${text}.kind`]: 1}),
      (text) => JSON.stringify({providers: {[text]: {[text]: text}}}),
      (text) => JSON.stringify({model: `m${text}`, 'recovery.inflight': 'keep'}),
      (text) => JSON.stringify({'recovery.inflight': text}),
      (text) => JSON.stringify({'recovery.backoffMs': [text]}),
      (text) => JSON.stringify({'gateway.command': [`x${text}`], 'log.path': `a${text}`}),
      (text) => `{"model": "a" "${text}"}`,
      (text) => `"${text}`,
      (text) => `model: *${text}`,
      (text) => `? [${text}]\n: !${text} x`,
    ]

    it('appear in no message and in no value', async function () {
      this.timeout(60_000)
      let tried = 0
      await fc.assert(
        fc.asyncProperty(hostileText, fc.constantFrom(...configurations), async (text, make) => {
          tried++
          const file = box.write('home/project/.hermesrc', make(text))
          const env = {...box.env, HERMES_MODEL: text}
          for (const options of [{env: box.env}, {env}, {env, flags: {'recovery.inflight': text}}]) {
            const told = await loadConfig({cwd: box.project, ...options}).then(
              (config) => [
                ...config.warnings,
                ...describeSettings(config).flatMap(({value, origin}) => [valueText(value), originText(origin, '/')]),
              ],
              (error: Error) => error.message.split('\n'),
            )
            for (const line of told) expect(line, JSON.stringify(line)).to.not.match(raw)
          }
          rmSync(file)
        }),
        {numRuns: runs(400, 30)},
      )
      console.log(`      ${tried} files tried`)
    })

    it('reach neither output of any command', async function () {
      this.timeout(180_000)
      ensureBuilt()
      const all = hiddenCharacters.filter((character) => character !== '\0').join('')
      const inPath = [...all].filter((character) => !/[\ud800-\udfff\n/]/.test(character) || character.length > 1)
      // A name has 255 bytes at most.
      const folders = [
        '\x1b]52;c;Q0FOQVJZ\x07\x1b]0;PWN\x07\x9b31n\x1b[2J',
        inPath.slice(0, 70).join(''),
        '\u202egpj.\u200b\u2066x\u00ad\ufeff\u2028',
      ]
      const commands = [
        ['config'],
        ['config', '--json'],
        ['config', 'get', 'model'],
        ['config', 'get', `${all}.model`],
        ['config', 'path'],
        ['config', 'path', '--json'],
        ['config', 'trust'],
        ['config', 'trust', '--revoke'],
        ['permissions', 'list'],
        ['doctor'],
        ['doctor', '--json'],
        ['chat', '-p', 'hi'],
      ]
      let tried = 0
      for (const [index, folder] of folders.entries()) {
        const cwd = path.join(box.project, folder)
        mkdirSync(cwd)
        const texts = [
          JSON.stringify({[`${all}\nhermes: all is well`]: all}),
          JSON.stringify({model: `offline/${all}`, 'gateway.command': [all], 'recovery.limit': 2}),
        ]
        for (const text of texts) {
          writeFileSync(path.join(cwd, '.hermesrc.yaml'), text)
          const some = index === 0 ? commands : commands.filter(([name]) => name !== 'doctor' || text === texts[0])
          for (const args of index === 0 && text === texts[0] ? some : someOf(some, 1)) {
            tried++
            const {stdout, stderr} = await runHermes(args, {cwd, env: {...box.env, NO_COLOR: '1'}})
            expectHarmless(stdout)
            expectHarmless(stderr)
            expect(stderr, `${args}`).to.not.match(/^hermes: all is well/m)
          }
        }
      }
      console.log(`      ${tried} commands tried`)
    })
  })
})
