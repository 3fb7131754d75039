import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'
import fc from 'fast-check'
import {type OutboxFile, waitingPrompts} from '../../src/hand-over/outbox-file.js'
import {processBirth} from '../../src/platform.js'
import {Outbox} from '../../src/tui/outbox/files.js'

describe('what was queued, as a gateway without a terminal reads it', () => {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'hermes-outbox-'))
  })
  afterEach(() => rmSync(folder, {recursive: true, force: true}))

  const alive = {pid: process.pid, birth: processBirth(process.pid)}
  const dead = {pid: process.pid, birth: '1'}
  const prompt = (id: string) => ({id, text: `text of ${id}`, state: 'queued' as const, shown: false})

  it('is that of the session, of runs that are over, and that nobody holds back', () => {
    const file = fc.record({
      session: fc.constantFrom('20260101_000000_abcdef', '20260101_000000_abcde', 'a key/with+odd'),
      writer: fc.constantFrom('alive', 'dead', 'left'),
      held: fc.boolean(),
      torn: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(file, {maxLength: 6}), (files) => {
        rmSync(folder, {recursive: true})
        folder = mkdtempSync(path.join(tmpdir(), 'hermes-outbox-'))
        const expected: string[] = []
        for (const [index, {session, writer, held, torn}] of files.entries()) {
          const content: OutboxFile = {
            version: 1,
            ...(writer === 'dead' ? dead : alive),
            ...(writer === 'left' && {left: true}),
            ...(held && {held}),
            draft: 'a draft is no prompt',
            prompts: [prompt(`${index}a`), prompt(`${index}b`)],
          }
          const name = `${encodeURIComponent(session)}+new-0000000${index}.json`
          const text = JSON.stringify(content)
          writeFileSync(path.join(folder, name), torn ? text.slice(0, -3) : text)
          if (session === 'a key/with+odd' && writer !== 'alive' && !held && !torn)
            expected.push(`${index}a`, `${index}b`)
        }
        const found = waitingPrompts(folder, 'a key/with+odd')
        expect(found.map(({id}) => id)).to.deep.equal(expected)
        expect(found.every(({id, text}) => text === `text of ${id}`)).to.equal(true)
      }),
    )
  })

  it('is what the chat wrote, and nothing where there is no folder', () => {
    const outbox = new Outbox(folder, '/here')
    outbox.adopt('key')
    outbox.write({draft: '', prompts: [prompt('a')]}, {sync: false})
    expect(waitingPrompts(folder, 'key')).to.deep.equal([])
    outbox.left = true
    outbox.write({draft: '', prompts: [prompt('a')]}, {sync: false})
    expect(waitingPrompts(folder, 'key')).to.deep.equal([{...prompt('a')}])
    outbox.write({draft: '', prompts: [prompt('a')], held: true}, {sync: false})
    expect(waitingPrompts(folder, 'key')).to.deep.equal([])
    expect(waitingPrompts(path.join(folder, 'none'), 'key')).to.deep.equal([])
  })
})
