import {expect} from 'chai'
import fc from 'fast-check'
import {HermesError} from '../../src/errors.js'
import {thisProcess} from '../../src/hand-over/running.js'
import {detachedOf, findRunning, type RunningItem, stateText} from '../../src/sessions/running.js'

const now = 1_800_000_000_000

function item(more: Partial<RunningItem> = {}): RunningItem {
  const sessions = [{key: 'k', title: '', cwd: '/work', status: 'working' as const}]
  return {
    ...(sessions[0] as (typeof sessions)[0]),
    detachedAt: now - 300_000,
    stuck: false,
    gateway: {
      version: 1,
      ...thisProcess(),
      socket: '/x',
      token: '',
      protocol: [1, 1],
      build: '0.2.0',
      sessions,
    },
    ...more,
  }
}

function refusal(act: () => unknown): HermesError {
  try {
    act()
  } catch (error) {
    if (error instanceof HermesError) return error
  }
  throw new Error('not refused')
}

describe('sessions that run', () => {
  const word = fc.stringMatching(/^[a-z]{5,12}$/)
  const items = fc.uniqueArray(fc.record({key: word, title: fc.oneof(fc.constant(''), word)}), {
    selector: ({key}) => key,
    maxLength: 6,
  })

  it('are found by key, else by a title that one of them has', () => {
    fc.assert(
      fc.property(items, word, (named, other) => {
        const running = named.map((each) => item(each))
        for (const each of running) expect(findRunning(each.key, running)).to.equal(each)
        for (const {title} of named.filter(({title: one}) => one !== '' && !named.some(({key}) => key === one))) {
          const same = running.filter((each) => each.title === title)
          if (same.length === 1) expect(findRunning(title, running)).to.equal(same[0])
          else expect(refusal(() => findRunning(title, running))).to.include({code: 'session/ambiguous', exit: 2})
        }
        if (!named.some(({key, title}) => key === other || title === other)) {
          expect(refusal(() => findRunning(other, running))).to.include({code: 'session/not-running', exit: 7})
        }
      }),
    )
  })

  it('are asked back for by a slip of their name, and never found by it', () => {
    const at = fc.nat({max: 100})
    fc.assert(
      fc.property(word, at, fc.boolean(), (name, where, asTitle) => {
        const running = [item(asTitle ? {key: '20261129_000000_abcdef', title: name} : {key: name})]
        const index = where % (name.length - 1)
        const slip = name.slice(0, index) + name.slice(index + 1)
        if (slip === name) return
        const {suggestions} = refusal(() => findRunning(slip, running))
        expect(suggestions[0]).to.equal(`did you mean ${name}?`)
      }),
    )
  })

  it('are told apart where they have one title, by key and folder', () => {
    const twins = [item({key: 'a', title: 'T', cwd: '/one'}), item({key: 'b', title: 'T', cwd: '/two'})]
    expect(refusal(() => findRunning('T', twins)).suggestions).to.deep.equal(['a, in /one', 'b, in /two'])
  })

  it('are come back to where no terminal is there; else it is said what there is', () => {
    const open = item({key: 'open', detachedAt: undefined})
    expect(detachedOf([open, item({key: 'a'}), item({key: 'b'})])).to.deep.include({others: 1})
    expect(detachedOf([open, item({key: 'a'})]).found.key).to.equal('a')
    expect(refusal(() => detachedOf([])).suggestions.join()).to.include('hermes chat --continue')
    expect(refusal(() => detachedOf([open])).suggestions[0]).to.include('open is open in a terminal: /detach')
  })

  it('say in words what they do, where, and for how long', () => {
    expect(stateText(item(), now)).to.equal('works · without a terminal for 5 min')
    expect(stateText(item({detachedAt: now - 5}), now)).to.equal('works · without a terminal since just now')
    expect(stateText(item({status: 'waiting', detachedAt: undefined}), now)).to.equal(
      'waits for your answer · in a terminal',
    )
    expect(stateText(item({status: 'idle'}), now)).to.equal('done · without a terminal for 5 min, ends by itself')
    expect(stateText(item({detachedAt: now - 30 * 3_600_000}), now)).to.equal(
      'works · without a terminal since yesterday',
    )
    expect(stateText(item({stuck: true}), now))
      .to.include('stuck')
      .and.include('hermes stop')
  })
})
