import {readFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import fc from 'fast-check'
import {type BuiltFile, groupsOf, namesOf} from '../../scripts/start-chunks.js'
import {ensureBuilt, root} from '../helpers/build.js'

/** Of each file what it needs, as `{cli: ['a']}`; what is named so is an entry point, the others are chunks. */
function built(
  needs: Record<string, string[]>,
  entries: readonly string[],
  bytes: (at: number) => number = () => 1000,
): Record<string, BuiltFile> {
  const place = (name: string) => (entries.includes(name) ? `${name}.js` : `chunks/${name}.js`)
  return Object.fromEntries(
    Object.entries(needs).map(([name, of], at) => [
      place(name),
      {
        file: place(name),
        bytes: bytes(at),
        ...(entries.includes(name) && {entryPoint: `src/${name}.ts`}),
        needs: of.map(place),
      },
    ]),
  )
}

const entries = ['cli', 'chat', 'screen', 'doctor', 'completion', 'worker']
const terms = {
  stages: [
    {name: 'cli', entries: ['src/cli.ts']},
    {name: 'chat', entries: ['src/chat.ts', 'src/screen.ts']},
  ],
  light: {completion: ['src/completion.ts'], hooks: ['src/worker.ts']},
}

describe('files of a start', () => {
  it('are put together by what else loads them', () => {
    const files = built(
      {
        cli: ['oclif', 'names'],
        chat: ['store', 'session', 'oclif'],
        screen: ['ink', 'session'],
        doctor: ['store', 'crashes'],
        completion: ['names', 'words'],
        worker: ['words'],
        oclif: ['names'],
        names: ['words'],
        words: [],
        store: ['oclif'],
        session: ['store'],
        ink: [],
        crashes: [],
      },
      entries,
    )
    expect(Object.fromEntries(groupsOf(files, terms))).to.deep.equal({
      'chunks/words.js': 'cli-completion-hooks-shared-1',
      'chunks/names.js': 'cli-completion-shared-1',
      'chunks/oclif.js': 'cli-shared-1',
      'chunks/store.js': 'chat-shared-1',
      'chunks/session.js': 'chat-1',
      'chunks/ink.js': 'chat-1',
    })
  })

  it('that are in no group have the names of esbuild, and never one for two', () => {
    const files = ['store-ABCDEFG1', 'index-AAAAAAA1', 'index-AAAAAAA2', 'chunk-AAAAAAA1', 'as-is'].map(
      (name) => `chunks/${name}.js`,
    )
    expect([...namesOf(files).values()]).to.deep.equal([
      'store',
      'index-AAAAAAA1',
      'index-AAAAAAA2',
      'chunk-AAAAAAA1',
      'as-is',
    ])
  })

  it('name an entry point that the build has not', () => {
    const files = built({cli: [], chat: [], doctor: [], completion: [], worker: []}, entries)
    expect(() => groupsOf(files, terms)).to.throw('src/screen.ts is no entry point of the build')
  })

  it('never need each other in a circle, whatever needs what', () => {
    const name = fc.integer({min: 0, max: 39}).map((number) => `c${number}`)
    const edges = fc.array(fc.tuple(name, name), {minLength: 40, maxLength: 120})
    const roots = fc.array(fc.tuple(fc.constantFrom(...entries, 'chat', 'chat', 'screen'), name), {
      minLength: 20,
      maxLength: 60,
    })
    const sizes = fc.array(fc.integer({min: 1000, max: 250_000}), {minLength: 46, maxLength: 46})
    let cut = 0
    fc.assert(
      fc.property(edges, roots, sizes, (between, from, bytesOf) => {
        const needs: Record<string, string[]> = Object.fromEntries(
          [...entries, ...Array.from({length: 40}, (_, number) => `c${number}`)].map((each) => [each, []]),
        )
        // A later one needs an earlier one: chunks of esbuild are in no circle either.
        for (const [one, other] of between) {
          const [low, high] = Number(one.slice(1)) < Number(other.slice(1)) ? [one, other] : [other, one]
          if (low !== high) needs[high]?.push(low)
        }
        for (const [entry, chunk] of from) needs[entry]?.push(chunk)
        const files = built(needs, entries, (at) => bytesOf[at] ?? 0)
        const groups = groupsOf(files, terms)
        const unit = (file: string) => groups.get(file) ?? file
        const held = new Map<string, number>()
        const after = new Map<string, Set<string>>()
        for (const {file, bytes, needs: of} of Object.values(files)) {
          held.set(unit(file), (held.get(unit(file)) ?? 0) + bytes)
          for (const need of of) {
            if (unit(need) === unit(file)) continue
            after.set(unit(file), (after.get(unit(file)) ?? new Set()).add(unit(need)))
          }
        }
        for (const [group, size] of held) if (!group.includes('.')) expect(size).to.be.at.most(250_000)
        if ([...held.keys()].some((group) => group.endsWith('-2'))) cut++
        const done = new Set<string>()
        const visit = (each: string, path: string[]) => {
          expect(path, 'a circle').to.not.include(each)
          if (done.has(each)) return
          for (const next of after.get(each) ?? []) visit(next, [...path, each])
          done.add(each)
        }
        for (const each of after.keys()) visit(each, [])
      }),
    )
    expect(cut, 'that had too much for one group').to.be.above(20)
  })

  it('bring no oclif to a process for hooks, to a plugin, and to a completion', async () => {
    await ensureBuilt()
    for (const entry of ['lifecycle/hook.worker.js', 'index.js', 'testing.js', 'completion/main.js']) {
      const found = closureOf(path.join(root, 'dist', entry))
      const size = found.reduce((sum, {text}) => sum + text.length, 0)
      expect(size, `${entry}: ${found.map(({file}) => path.basename(file))}`).to.be.below(60_000)
    }
  })
})

/** All that is loaded with a built file. */
function closureOf(entry: string): {file: string; text: string}[] {
  const found = new Map<string, string>()
  const follow = (file: string) => {
    if (found.has(file)) return
    const text = readFileSync(file, 'utf8')
    found.set(file, text)
    for (const [, next] of text.matchAll(/(?:from|import)\s*["'](\.[^"']+\.js)["']/g))
      follow(path.resolve(path.dirname(file), next ?? ''))
  }
  follow(entry)
  return [...found].map(([file, text]) => ({file, text}))
}
