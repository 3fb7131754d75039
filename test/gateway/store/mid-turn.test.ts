import {existsSync, readdirSync, rmSync, statSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {DatabaseSync} from 'node:sqlite'
import {expect} from 'chai'
import fc from 'fast-check'
import {LARGE_CHARS} from '../../../src/gateway/store/contents/contents.js'
import {foldTurn} from '../../../src/gateway/store/fold.js'
import type {JournalEntry, MessageRow, Store} from '../../../src/gateway/store/types.js'
import {isWindows} from '../../../src/platform.js'
import {runs} from '../../helpers/sample.js'
import {begin, finished, reasoning, Scratch, stepEnd, text} from './scratch.js'

const large = (seed: string) => ({content: seed.repeat(Math.ceil((LARGE_CHARS + 100) / seed.length))})

describe('store: a turn in several steps', () => {
  let scratch: Scratch
  let store: Store

  beforeEach(() => {
    scratch = new Scratch()
    store = scratch.open({now: () => 1})
  })
  afterEach(() => scratch.remove())

  const folder = () => `${scratch.file}-files`
  const files = () => (existsSync(folder()) ? readdirSync(folder()).sort() : [])

  it('has the same messages as if they were made of all of it at its end', function () {
    this.timeout(60_000)
    /** Some of them are large; short where they are told. */
    const value = fc.oneof({weight: 4, arbitrary: fc.jsonValue({maxDepth: 1})}, fc.constantFrom('LARGE a', 'LARGE é'))
    const expand = (given: unknown) =>
      typeof given === 'string' && given.startsWith('LARGE ') ? large(given.slice(6)) : given
    const life = fc.record({
      begun: fc.constantFrom(...(['started', 'asked', 'asked allowed', 'allowed', 'asked allowed asked'] as const)),
      result: value,
    })
    const step = fc.record({
      said: fc.array(fc.oneof(fc.string().map(text), fc.string().map(reasoning)), {maxLength: 3}),
      signed: fc.boolean(),
      calls: fc.array(fc.record({args: value, life}), {minLength: 1, maxLength: 3}),
      /** How much of the life of its calls was written; of a step that is not the last, all. */
      written: fc.nat(12),
    })
    let turns = 0
    let questions = 0
    fc.assert(
      fc.property(fc.array(step, {maxLength: 3}), fc.array(fc.string().map(text), {maxLength: 3}), (steps, last) => {
        const key = `k${turns++}`
        const {id} = begin(store, key, 'go')
        const [prompt] = store.messages(key)
        const all: JournalEntry[] = []
        const write = (...entries: JournalEntry[]) => {
          all.push(...entries)
          const [entry] = entries
          if (entry?.kind !== 'asked') return store.journal(id, entries)
          const question = {
            id: `q${questions++}`,
            toolId: entry.id,
            kind: 'approval' as const,
            payload: {},
            replaces: [],
          }
          store.ask(id, question)
        }
        for (const [number, {said, signed, calls, written}] of steps.entries()) {
          for (const entry of said) write(entry)
          const known = calls.map(({args}, at) => ({id: `call_${at % 2}`, name: 'x', context: 'c', args: expand(args)}))
          write({kind: 'calls', calls: known}, ...(signed ? [{kind: 'signed', step: '{}'} as const] : []), stepEnd)
          const lives = calls.flatMap(({life: {begun, result}}, at): JournalEntry[] => {
            const id = `call_${at % 2}`
            const kinds = begun.split(' ') as ('started' | 'asked' | 'allowed')[]
            return [...kinds.map((kind) => ({kind, id})), {kind: 'tool-end', id, result: expand(result), durationS: 1}]
          })
          const isLast = number === steps.length - 1 && last.length === 0
          for (const entry of isLast ? lives.slice(0, written) : lives) write(entry)
        }
        for (const entry of last) write(entry)
        const shape = (messages: readonly MessageRow[]) =>
          JSON.parse(JSON.stringify(messages.map((message) => ({...message, id: 0, promptId: 0}))))
        const journal = all.map((entry) => ({at: 1, entry}))
        const whole = (end: 'running' | 'complete') => shape(foldTurn(prompt ? [prompt] : [], journal, end).messages)
        expect(shape(store.messages(key))).to.deep.equal(whole('running'))
        store.finishTurn(id, {status: 'complete'})
        expect(shape(store.messages(key))).to.deep.equal(whole('complete'))
        const shown = store.shownMessages(key)
        expect(shown.map(({text: said, tool}) => [said, tool?.result])).to.deep.equal(
          store.messages(key).map(({text: said, tool}) => [said, tool?.result]),
        )
        for (const {signed, tool} of shown) expect([signed, tool?.args]).to.deep.equal([null, undefined])
      }),
      {numRuns: runs(100, 20)},
    )
  })

  it('has large arguments and results once, in files for their owner alone', () => {
    const args = large('argument ')
    const result = large('result ')
    for (const key of ['k', 'again']) {
      const {id} = begin(store, key, 'go')
      store.journal(id, [{kind: 'calls', calls: [{id: 't', name: 'x', context: '', args}]}, stepEnd])
      store.journal(id, [{kind: 'tool-end', id: 't', result, durationS: 1}])
      store.finishTurn(id, {status: 'complete'})
    }
    expect(files()).to.have.length(2)
    if (!isWindows) {
      expect(statSync(folder()).mode & 0o777).to.equal(0o700)
      for (const name of files()) expect(statSync(path.join(folder(), name)).mode & 0o777).to.equal(0o600)
    }
    const db = new DatabaseSync(scratch.file)
    const rows = db.prepare('SELECT tool_calls, tool_args, tool_result FROM messages').all()
    db.close()
    expect(JSON.stringify(rows).length).to.be.below(1000)
    const [, assistant, tool] = store.messages('k')
    expect(assistant?.toolCalls).to.deep.equal([{id: 't', name: 'x', args}])
    expect(tool?.tool).to.deep.include({args, result})

    finished(store.branchSession('k', {key: 'b', title: null}))
    store.deleteSession('k')
    store.deleteSession('again')
    expect(store.messages('b')[2]?.tool).to.deep.include({args, result})
    store.deleteSession('b')
    expect(files()).to.deep.equal([])
  })

  it('keeps a file that only something in flight has its value in', () => {
    const result = large('same ')
    const one = begin(store, 'k', 'go')
    store.journal(one.id, [{kind: 'calls', calls: [{id: 't', name: 'x', context: '', args: {}}]}, stepEnd])
    store.journal(one.id, [{kind: 'tool-end', id: 't', result, durationS: 1}])
    store.finishTurn(one.id, {status: 'complete'})
    const other = begin(store, 'other', 'go')
    store.journal(other.id, [{kind: 'calls', calls: [{id: 't', name: 'x', context: '', args: {}}]}, stepEnd])
    store.journal(other.id, [{kind: 'tool-end', id: 't', result, durationS: 1}])
    store.deleteSession('k')
    store.finishTurn(other.id, {status: 'complete'})
    expect(store.messages('other')[2]?.tool?.result).to.deep.equal(result)
  })

  it('leaves no file behind of what was not stored', () => {
    const {id} = begin(store, 'k', 'go')
    store.journal(id, [{kind: 'calls', calls: [{id: 't', name: 'x', context: '', args: {}}]}, stepEnd])
    expect(() =>
      store.atomically(() => {
        store.journal(id, [{kind: 'tool-end', id: 't', result: large('no '), durationS: 1}])
        throw new Error('no')
      }),
    ).to.throw('no')
    expect(files()).to.deep.equal([])
  })

  it('tells in words of a file that is gone or is not what it was, and shows all else', () => {
    const {id} = begin(store, 'k', 'go')
    store.journal(id, [{kind: 'calls', calls: [{id: 't', name: 'x', context: '', args: large('a ')}]}, stepEnd])
    store.journal(id, [{kind: 'tool-end', id: 't', result: large('b '), durationS: 1}, text('done')])
    store.finishTurn(id, {status: 'complete'})
    const names = files()
    for (const spoil of [(file: string) => writeFileSync(file, '{"half":'), (file: string) => rmSync(file)]) {
      for (const name of names) spoil(path.join(folder(), name))
      const [, assistant, tool, reply] = store.messages('k')
      expect(reply?.text).to.equal('done')
      expect(tool?.tool?.args).to.match(/^the arguments are no longer stored: its file .* cannot be read \(/)
      expect(assistant?.toolCalls[0]?.args).to.equal(tool?.tool?.args)
      expect(tool?.tool?.result)
        .to.have.property('error')
        .that.matches(/^the result is no longer stored/)
    }
    finished(store.branchSession('k', {key: 'b', title: null}))
    expect(store.search('done', 5)).to.have.length(2)
    expect(store.deleteSession('k')).to.equal(true)
  })
})
