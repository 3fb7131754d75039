import {expect} from 'chai'
import fc from 'fast-check'
import {runs} from '../../helpers/sample.js'
import {deathsIn} from './deaths-in.js'
import {anyPrograms, anyZone, atOnce, type Ending, logOf, type Pair, type Truth, tell} from './stories.js'

const start = Date.UTC(2026, 10, 23, 18, 42, 0)
const gone = {isAlive: () => false}

const found = (text: string | Record<string, string>) =>
  deathsIn(text, gone)
    .deaths.map(({pid, who, cause}): Truth => ({pid, who, cause}))
    .toSorted((a, b) => (a.pid ?? 0) - (b.pid ?? 0))

describe('a log in which Python gateways write without pid and zone', () => {
  it('tells each death once, with its cause, and no quit as one: of several programs, in any zone', () => {
    fc.assert(
      fc.property(anyPrograms(3), anyZone, (programs, zone) => {
        const {written, truth} = atOnce(programs, start, zone)
        expect(found(logOf(written))).to.deep.equal(truth)
      }),
      {numRuns: runs(150, 30)},
    )
  })

  it('tells as many deaths as there were where all ended in one second, each of its own', () => {
    const ending = fc.constantFrom<Ending>('term', 'hup', 'kill', 'segv', 'uncaught', 'quit')
    const any = fc.array(fc.record({pair: fc.constantFrom<Pair>('ours', 'theirs'), last: ending}), {
      minLength: 2,
      maxLength: 4,
    })
    fc.assert(
      fc.property(any, anyZone, (programs, zone) => {
        const stories = programs.map(({pair, last}, index) =>
          tell({
            pair,
            pid: 1000 * (index + 1),
            instance: `0a1b2c3${index}`,
            start: start + index * 300,
            gap: 60_000,
            endings: [last],
            zone,
          }),
        )
        const written = stories.flatMap((story) => story.written).toSorted((a, b) => a.time - b.time)
        expect(found(logOf(written))).to.deep.equal(stories.flatMap(({truth}) => truth))
      }),
      {numRuns: runs(300, 60)},
    )
  })

  it('tells the same where a busy machine lets an end take its time', () => {
    const ending = fc.constantFrom<Ending>('term', 'hup', 'uncaught', 'restart', 'quit', 'hang-up')
    fc.assert(
      fc.property(ending, fc.integer({min: 0, max: 25_000}), anyZone, (last, lateMs, zone) => {
        const plan = {pair: 'ours', pid: 1000, instance: '0a1b2c30', start, gap: 60_000, endings: [last], zone} as const
        const {written, truth} = tell(plan)
        const isExit = (text: string) => text.includes(' exit instance=')
        const slow = written.map(({text}) => {
          const late = (stamp: string) => new Date(Date.parse(stamp) + lateMs).toISOString()
          return isExit(text) ? text.replace(/\d{4}-\S+Z/, late) : text
        })
        expect(found(slow.join(''))).to.deep.equal(truth)
      }),
      {numRuns: runs(100, 20)},
    )
  })

  it('tells the same where it was rotated in between', () => {
    fc.assert(
      fc.property(anyPrograms(2), anyZone, fc.double({min: 0, max: 1, noNaN: true}), (programs, zone, where) => {
        const {written, truth} = atOnce(programs, start, zone)
        const at = Math.floor(where * written.length)
        const old = {'20261122T184200000Z-10-1': logOf(written.slice(0, at))}
        expect(found({'': logOf(written.slice(at)), ...old})).to.deep.equal(truth)
      }),
      {numRuns: runs(60, 15)},
    )
  })

  it('tells the same where programs write between the lines of a stack', () => {
    fc.assert(
      fc.property(anyPrograms(2), fc.nat(), (programs, seed) => {
        const {written, truth} = atOnce(programs, start, 0)
        const torn = written.flatMap(({text}, index) => {
          const next = written[index + 1]
          const lines = text.split('\n')
          const first = lines.findLastIndex((line) => line.startsWith('=== ')) + 1
          // A stack is written at once up to 8 KB; its first line stands before all else.
          if (
            first === 0 ||
            lines.length - first < 3 ||
            !next ||
            !next.text.startsWith('[tui-parent]') ||
            / exit /.test(next.text)
          )
            return [text]
          const at = first + (seed % (lines.length - first - 1))
          written[index + 1] = {...next, text: ''}
          return [`${lines.slice(0, at).join('\n')}\n${next.text}${lines.slice(at).join('\n')}`]
        })
        expect(found(torn.join(''))).to.have.length(truth.length)
      }),
      {numRuns: runs(60, 15)},
    )
  })

  it('tells the same where the clock was set while nothing ended', () => {
    const anyJump = fc.integer({min: -3 * 3600, max: 3 * 3600}).map((seconds) => seconds * 1000)
    fc.assert(
      fc.property(anyPrograms(1), anyPrograms(1), anyJump, (before, after, jump) => {
        const one = atOnce(before, start, 0)
        const end = (one.written.at(-1)?.time ?? start) + 60_000
        const two = atOnce(after, end + jump, 0)
        const renumbered = logOf(two.written)
          .replaceAll(/\bpid=1(\d\d\d)\b/g, 'pid=2$1')
          .replaceAll('0a1b2c30', '0a1b2c31')
        const truth = [...one.truth, ...two.truth.map((each) => ({...each, pid: (each.pid ?? 0) + 1000}))]
        expect(found(logOf(one.written) + renumbered)).to.deep.equal(truth)
      }),
      {numRuns: runs(100, 20)},
    )
  })

  it('loses no other death where one line was cut off, wherever, and makes up one at most', () => {
    fc.assert(
      fc.property(
        anyPrograms(2),
        fc.double({min: 0, max: 0.999, noNaN: true}),
        fc.double({min: 0, max: 0.999, noNaN: true}),
        (programs, which, where) => {
          const {written, truth} = atOnce(programs, start, 0)
          const lines = logOf(written).split('\n')
          const at = Math.floor(which * lines.length)
          const line = lines[at] ?? ''
          lines[at] = line.slice(0, Math.floor(where * line.length))
          const told = found(lines.join('\n'))
          const missing = truth.filter((each) => !told.some((one) => JSON.stringify(one) === JSON.stringify(each)))
          const more = told.filter((each) => !truth.some((one) => JSON.stringify(one) === JSON.stringify(each)))
          expect(missing.length, `${line} → ${JSON.stringify(told)}`).to.be.at.most(1)
          expect(more.length, `${line} → ${JSON.stringify(told)}`).to.be.at.most(1)
        },
      ),
      {numRuns: runs(400, 80)},
    )
  })

  it('has every death so far where it ends in the middle', () => {
    fc.assert(
      fc.property(anyPrograms(2), fc.double({min: 0, max: 1, noNaN: true}), (programs, where) => {
        const {written} = atOnce(programs, start, 0)
        const text = logOf(written)
        const cut = Math.floor(where * text.length)
        const told = deathsIn(text.slice(0, cut), {isAlive: () => true}).deaths.filter(({pid}) => pid !== undefined)
        const all = deathsIn(text, {isAlive: () => true}).deaths
        const known = new Set(all.map(({pid, cause}) => `${pid} ${cause}`))
        for (const {pid, cause} of told) if (cause !== 'exit-code:3') expect(known).to.include(`${pid} ${cause}`)
      }),
      {numRuns: runs(100, 20)},
    )
  })
})
