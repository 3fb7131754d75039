import {spawnSync} from 'node:child_process'
import {statSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import fc from 'fast-check'
import {HermesError} from '../../../../src/errors.js'
import type {Store} from '../../../../src/gateway/store/index.js'
import {jsonOf} from '../../../../src/gateway/store/transfer/document.js'
import {markdownOf} from '../../../../src/gateway/store/transfer/markdown.js'
import {readSessionFile} from '../../../../src/gateway/store/transfer/read.js'
import {compiled} from '../../../helpers/compiled.js'
import {makeOdd, oddKinds} from '../../../helpers/odd-files.js'
import {isThorough, runs} from '../../../helpers/sample.js'
import {tellTried} from '../../../helpers/tried.js'
import {Child} from '../child.js'
import {Scratch, say} from '../scratch.js'
import {type GeneratedSession, sessions, storeSession} from './generated.js'

describe('a session as a file', () => {
  let scratch: Scratch
  beforeEach(() => {
    scratch = new Scratch()
  })
  afterEach(() => scratch.remove())

  const now = () => 1_800_000_000_000
  const jsonFor = (store: Store, key: string) => {
    const {session, entries} = store.exportSession(key)
    return [...jsonOf(session, entries)].join('')
  }
  const written = (text: string | Uint8Array) => {
    const file = path.join(scratch.directory, 'session.json')
    writeFileSync(file, text)
    return file
  }
  const imported = (store: Store, file: string) => {
    const {session, entries} = readSessionFile(file)
    for (const _ of store.importSession(session, entries));
    return session.key
  }
  /** All that is shown and sent of it, without the numbers of rows. */
  const contents = (store: Store, key: string) => store.messages(key).map(({id: _, turnId: __, ...message}) => message)

  it('is the same session when it is imported elsewhere', () => {
    const count = runs(400, 6)
    fc.assert(
      fc.property(sessions, fc.boolean(), (generated, pretty) => {
        const [from, to] = [scratch.open({now}, ':memory:'), scratch.open({now}, ':memory:')]
        storeSession(from, 'k', generated)
        from.settleSession('k')
        const json = jsonFor(from, 'k')
        const document = JSON.parse(json)
        expect(imported(to, written(pretty ? JSON.stringify(document, null, 2) : json))).to.equal('k')
        expect(contents(to, 'k')).to.deep.equal(contents(from, 'k'))
        expect(to.session('k')).to.deep.equal(from.session('k'))
        expect(to.lastTurn('k')?.status).to.equal(from.lastTurn('k')?.status)
        expect(jsonFor(to, 'k')).to.equal(json)
      }),
      {numRuns: count},
    )
    tellTried(count, 'sessions there and back')
  })

  it('has a turn that runs as if it ended now, and goes on undisturbed', () => {
    const store = scratch.open()
    say(store, 'k', 'first', 'reply')
    const {turn} = store.beginTurn({
      session: {key: 'k', title: null, model: null, cwd: null, source: 't'},
      promptId: 'x',
      prompt: 'second',
    })
    store.journal(turn.id, [{kind: 'text', text: 'half a re'}])
    const {entries} = JSON.parse(jsonFor(store, 'k'))
    expect(entries.at(-1)).to.deep.include({
      message: {...entries.at(-1).message, text: 'half a re', status: 'interrupted'},
    })
    store.journal(turn.id, [{kind: 'text', text: 'ply'}])
    store.finishTurn(turn.id, {status: 'complete'})
    expect(store.messages('k').at(-1)?.text).to.equal('half a reply')
  })

  it('holds nothing that was taken back', () => {
    const store = scratch.open()
    say(store, 'k', 'stays', 'yes')
    say(store, 'k', 'secret prompt', 'secret reply')
    store.undoLastTurn('k')
    expect(jsonFor(store, 'k')).to.include('stays').and.not.include('secret')
  })

  it('never overwrites, and takes no title that another session has', () => {
    const store = scratch.open()
    say(store, 'k', 'here', 'yes')
    store.setTitle('k', 'Mine')
    const file = written(jsonFor(store, 'k'))
    const before = contents(store, 'k')
    expect(() => imported(store, file)).to.throw(HermesError, 'session k is stored already')
    expect(contents(store, 'k')).to.deep.equal(before)
    const {session, entries} = readSessionFile(file)
    for (const _ of store.importSession({...session, key: 'copy'}, entries));
    expect(store.session('copy')?.title).to.equal('Mine (2)')
  })

  it('that is cut off or spoiled anywhere is refused with its place, and nothing of it is seen', () => {
    const from = scratch.open()
    for (let index = 0; index < 4; index++) say(from, 'k', `prompt ${index}`, `reply ${index}`)
    const whole = jsonFor(from, 'k')
    const lines = whole.split('\n')
    const wrong = fc.oneof(
      fc.nat(whole.length - 4).map((at) => whole.slice(0, at)),
      fc
        .tuple(
          fc.integer({min: 0, max: lines.length - 3}),
          fc.constantFrom(
            '',
            '{}',
            '[]',
            'null',
            '7',
            '{"turn":{}},',
            '{"message":{"role":"robot"}},',
            '\u001b[2J',
            '{"turn":null}',
          ),
        )
        .map(([at, bad]) => lines.map((line, index) => (index === at ? bad : line)).join('\n')),
      fc.constantFrom(
        '',
        '[]',
        '{}',
        'null',
        '# Title\n\ntext',
        '{"format":"hermes-session","version":2}',
        '\u0000'.repeat(100),
      ),
    )
    const count = runs(1000, 15)
    fc.assert(
      fc.property(wrong, (text) => {
        const to = scratch.open({}, ':memory:')
        let failure: unknown
        try {
          imported(to, written(text))
        } catch (error) {
          failure = error
        }
        expect(failure).to.be.instanceOf(HermesError)
        const {code, message, exit, suggestions} = failure as HermesError
        expect([code, exit]).to.deep.equal(['session/bad-file', 2])
        expect(suggestions).to.have.length(1)
        expect(message)
          .to.include('session.json: ')
          .and.not.match(/\p{Cc}/u)
        expect(to.listSessions(10)).to.deep.equal([])
        expect(to.search('reply', 10)).to.deep.equal([])
      }),
      {numRuns: count},
    )
    tellTried(count, 'spoiled files')
  })

  it('that is none is refused with what writes one, whatever is at its place', () => {
    const refused = (file: string, what: string): HermesError => {
      try {
        readSessionFile(file)
      } catch (error) {
        expect(error, what).to.be.instanceOf(HermesError)
        const {exit, suggestions, message} = error as HermesError
        expect(exit, what).to.equal(2)
        expect(suggestions, what).to.deep.equal([
          'hermes sessions export KEY -o FILE.json writes one that can be imported',
        ])
        expect(message, what).to.not.match(/\p{Cc}/u)
        expect(message.length, what).to.be.below(file.length + 200)
        return error as HermesError
      }
      throw new Error(`${what} was read`)
    }
    const count = runs(1000, 25)
    const content = fc.oneof<fc.Arbitrary<string | Uint8Array>[]>(
      fc.uint8Array({maxLength: 5000}),
      fc.json(),
      fc.string({unit: 'binary'}),
      fc.string().map((text) => `{"format":"hermes-session","version":1,"session":${JSON.stringify(text)}}`),
      fc.constantFrom('', ' \n', '\ufeff', '{', '{"format":"hermes-session","version":1,"entries":[', '\x7fELF\0\0'),
    )
    fc.assert(
      fc.property(content, (bytes) => {
        refused(written(bytes), String(bytes))
      }),
      {numRuns: count},
    )
    tellTried(count, 'files of any bytes')
    expect(refused(written(new Uint8Array([0x89, 0x50, 0xff, 0xfe, 0])), 'an image').message).to.match(
      /: it is no JSON$/,
    )
    const odd = process.platform === 'win32' ? (['folder'] as const) : oddKinds
    for (const [index, kind] of odd.entries()) {
      const file = path.join(scratch.directory, `odd-${index}`)
      makeOdd(kind, file)
      refused(file, kind)
    }
  })

  it('cannot choose where files are written that are named by its key', () => {
    const from = scratch.open()
    say(from, 'k', 'prompt', 'reply')
    const text = jsonFor(from, 'k')
    const keys = [
      '..',
      '../x',
      'a/b',
      '/etc/x',
      '.hidden',
      '',
      ' ',
      'a\\b',
      'a\u0000',
      '\u202e',
      'x'.repeat(101),
      '-rf',
    ]
    for (const key of keys) {
      const named = text.replace('"key":"k"', `"key":${JSON.stringify(key)}`)
      expect(() => imported(scratch.open({}, ':memory:'), written(named)), key).to.throw(/session: key is "/)
    }
  })

  it('names line, member, value and what was expected', () => {
    const from = scratch.open()
    say(from, 'k', 'prompt', 'reply')
    const text = jsonFor(from, 'k').replace('"role":"assistant"', '"role":"robot"')
    expect(() => imported(scratch.open({}, ':memory:'), written(text))).to.throw(
      /session\.json: line 4: message\.role is "robot"; expected \("user"/,
    )
    const pretty = JSON.stringify(JSON.parse(text), null, 1)
    expect(() => imported(scratch.open({}, ':memory:'), written(pretty))).to.throw(
      /entries\[2\]: message\.role is "robot"/,
    )
  })

  it('of which a process that was killed had stored a part is never seen, and is gone after tidying', async () => {
    const from = scratch.open({}, path.join(scratch.directory, 'from.db'))
    for (let index = 0; index < 400; index++) say(from, 'k', `prompt ${index}`, `zebra ${index}`)
    const file = written(jsonFor(from, 'k'))
    const store = scratch.open()
    const child = new Child('import-and-die.ts', [scratch.file, file, '500'])
    expect((await child.exited()).signal).to.equal('SIGKILL')
    expect(store.listSessions(10)).to.deep.equal([])
    expect(store.search('zebra', 10)).to.deep.equal([])
    expect(() => imported(store, file)).to.throw(HermesError, 'stored already')
    for (const _ of store.tidy());
    expect(imported(store, file)).to.equal('k')
    expect(store.messageCount('k')).to.equal(800)
  })

  const [turns, heap] = isThorough ? [2500, 64] : [1000, 32]
  it(`is written and read piece by piece: ${turns * 16} kB, by a process with a heap of ${heap} MB`, function () {
    this.timeout(120_000)
    const database = path.join(scratch.directory, 'from.db')
    const from = scratch.open({}, database)
    for (let index = 0; index < turns; index++) say(from, 'k', `prompt ${index}`, `${index} ${'- '.repeat(8000)}`)
    const file = path.join(scratch.directory, 'big.json')
    const script = compiled(new URL('../fixtures/transfer.ts', import.meta.url))
    const {status, stderr} = spawnSync(
      process.execPath,
      [`--max-old-space-size=${heap}`, script, database, file, scratch.file],
      {env: {PATH: process.env.PATH}, encoding: 'utf8'},
    )
    expect(stderr).to.equal('')
    expect(status).to.equal(0)
    expect(statSync(file).size).to.be.above(turns * 16_000)
    expect(scratch.open().messageCount('k')).to.equal(2 * turns)
  })

  it('is Markdown in which nothing drives a terminal, and every fence is closed', () => {
    const count = runs(300, 6)
    fc.assert(
      fc.property(sessions, (generated: GeneratedSession) => {
        const store = scratch.open({now}, ':memory:')
        storeSession(store, 'k', generated)
        const {session, entries} = store.exportSession('k')
        const text = [...markdownOf(session, entries)].join('')
        expect(text).not.to.match(/[^\P{Cc}\n\t]/u)
        expect(text).to.match(/^# /)
      }),
      {numRuns: count},
    )
    tellTried(count, 'sessions as Markdown')
  })
})
