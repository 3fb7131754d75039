import {expect} from 'chai'
import type {LifecycleDetails, LifecycleEvent} from '../../src/lifecycle/events.js'
import {createRecorder} from '../../src/lifecycle/recorder.js'

const replace = (reason: string): LifecycleDetails => ({
  type: 'replace',
  reason,
  generation: 2,
  pid: 17,
  sessionKey: 'key',
})
const reasonOf = (event: LifecycleEvent) => (event.type === 'replace' ? event.reason : '')

describe('recorder', () => {
  it('stamps an event and hands it to all listeners in order before it returns', () => {
    const seen: [number, LifecycleEvent][] = []
    const recorder = createRecorder({
      instance: '0a1b2c3d',
      clock: {now: () => 1_700_000_000_000, monotonic: () => 12.5},
      listeners: [(event) => seen.push([1, event]), (event) => seen.push([2, event])],
    })
    expect(recorder.record(replace('config'))).to.equal(true)
    const event = {
      ...replace('config'),
      schemaVersion: 1,
      time: 1_700_000_000_000,
      monotonic: 12.5,
      instance: '0a1b2c3d',
    }
    expect(seen).to.deep.equal([
      [1, event],
      [2, event],
    ])
  })

  it('names each run differently, by 8 hex digits', () => {
    const names = new Set(Array.from({length: 50}, () => createRecorder({listeners: []}).instance))
    expect(names.size).to.equal(50)
    for (const name of names) expect(name).to.match(/^[0-9a-f]{8}$/)
  })

  it('does not throw what a listener throws, and tells the others all the same', () => {
    const errors: unknown[] = []
    const seen: string[] = []
    const boom = new Error('boom')
    const recorder = createRecorder({
      listeners: [
        () => {
          throw boom
        },
        (event) => seen.push(reasonOf(event)),
      ],
      onError: (error) => {
        errors.push(error)
        throw new Error('and this one too')
      },
    })
    recorder.record(replace('a'))
    recorder.record(replace('b'))
    expect(seen).to.deep.equal(['a', 'b'])
    expect(errors).to.deep.equal([boom, boom])
  })

  it('hands an event of a listener out after the one that it came from', () => {
    const seen: string[] = []
    const recorder = createRecorder({
      listeners: [
        (event) => {
          seen.push(`first ${reasonOf(event)}`)
          if (reasonOf(event) === 'a') expect(recorder.record(replace('b'))).to.equal(true)
        },
        (event) => seen.push(`second ${reasonOf(event)}`),
      ],
    })
    recorder.record(replace('a'))
    expect(seen).to.deep.equal(['first a', 'second a', 'first b', 'second b'])
  })

  it('refuses what would never end', () => {
    const seen: string[] = []
    const recorder = createRecorder({
      listeners: [
        (event) => {
          seen.push(reasonOf(event))
          recorder.record(replace(`${reasonOf(event)}a`))
        },
      ],
    })
    recorder.record(replace('a'))
    expect(seen).to.deep.equal(['a', 'aa'])
    recorder.record(replace('b'))
    expect(seen).to.deep.equal(['a', 'aa', 'b', 'ba'])
  })
})
