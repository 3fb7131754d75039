import {expect} from 'chai'
import fc from 'fast-check'
import {type BuiltFile, groupsOf, namesOf} from '../../scripts/start-chunks.js'

/** Of each file what it needs, as `{cli: ['a']}`; what is named so is an entry point, the others are chunks. */
function built(needs: Record<string, string[]>, entries: readonly string[]): Record<string, BuiltFile> {
  const place = (name: string) => (entries.includes(name) ? `${name}.js` : `chunks/${name}.js`)
  return Object.fromEntries(
    Object.entries(needs).map(([name, of]) => [
      place(name),
      {
        file: place(name),
        bytes: 10_000 + name.length,
        ...(entries.includes(name) && {entryPoint: `src/${name}.ts`}),
        needs: of.map(place),
      },
    ]),
  )
}

const entries = ['cli', 'chat', 'screen', 'doctor', 'completion']
const terms = {
  stages: [
    {name: 'cli', entries: ['src/cli.ts']},
    {name: 'chat', entries: ['src/chat.ts', 'src/screen.ts']},
  ],
  light: ['src/completion.ts'],
}

describe('files of a start', () => {
  it('are put together by what else loads them', () => {
    const files = built(
      {
        cli: ['oclif', 'names'],
        chat: ['store', 'session', 'oclif'],
        screen: ['ink', 'session'],
        doctor: ['store', 'crashes'],
        completion: ['names'],
        oclif: ['names'],
        names: [],
        store: ['oclif'],
        session: ['store'],
        ink: [],
        crashes: [],
      },
      entries,
    )
    expect(Object.fromEntries(groupsOf(files, terms))).to.deep.equal({
      'chunks/names.js': 'cli-light-1',
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
    const files = built({cli: [], chat: [], doctor: [], completion: []}, entries)
    expect(() => groupsOf(files, terms)).to.throw('src/screen.ts is no entry point of the build')
  })

  it('never need each other in a circle, whatever needs what', () => {
    const name = fc.integer({min: 0, max: 39}).map((number) => `c${number}`)
    const edges = fc.array(fc.tuple(name, name), {maxLength: 120})
    const roots = fc.array(fc.tuple(fc.constantFrom(...entries), name), {maxLength: 40})
    fc.assert(
      fc.property(edges, roots, (between, from) => {
        const needs: Record<string, string[]> = Object.fromEntries(
          [...entries, ...Array.from({length: 40}, (_, number) => `c${number}`)].map((each) => [each, []]),
        )
        // A later one needs an earlier one: chunks of esbuild are in no circle either.
        for (const [one, other] of between) {
          const [low, high] = Number(one.slice(1)) < Number(other.slice(1)) ? [one, other] : [other, one]
          if (low !== high) needs[high]?.push(low)
        }
        for (const [entry, chunk] of from) needs[entry]?.push(chunk)
        const files = built(needs, entries)
        const groups = groupsOf(files, terms)
        const unit = (file: string) => groups.get(file) ?? file
        const sizes = new Map<string, number>()
        const after = new Map<string, Set<string>>()
        for (const {file, bytes, needs: of} of Object.values(files)) {
          sizes.set(unit(file), (sizes.get(unit(file)) ?? 0) + bytes)
          for (const need of of) {
            if (unit(need) === unit(file)) continue
            after.set(unit(file), (after.get(unit(file)) ?? new Set()).add(unit(need)))
          }
        }
        for (const [group, size] of sizes) if (!group.includes('.')) expect(size).to.be.at.most(250_000)
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
  })
})
