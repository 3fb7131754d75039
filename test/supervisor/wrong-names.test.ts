import {expect} from 'chai'
import {formatRecord} from '../../src/crash-log/index.js'
import type {LifecycleEvent} from '../../src/lifecycle/events.js'
import {recordOf} from '../../src/plugins/crash-log/record-of.js'
import {tellTried} from '../helpers/tried.js'
import {Harness} from './helpers/harness.js'

/** A gateway that gives `WRONG` in place of each name, version and id of its own, and dies when it is asked twice. */
const program = `
  const wrong = JSON.parse(process.env.WRONG)
  const send = (frame) => process.stdout.write(JSON.stringify({jsonrpc: '2.0', ...frame}) + '\\n')
  const event = (type, session_id, payload) => send({method: 'event', params: {type, session_id, payload}})
  event('gateway.ready', undefined, {skin: wrong, gateway_version: wrong, pid: wrong, capabilities: [wrong, 'x']})
  const names = {session_key: wrong, stored_session_id: wrong, resumed: wrong, title: wrong, model: wrong}
  require('node:readline').createInterface({input: process.stdin}).on('line', (line) => {
    const {id, method} = JSON.parse(line)
    if (method === 'session.title') {
      send({id, result: {session_key: wrong, title: wrong}})
      event('session.info', 's', names)
      event('session.info', wrong, names)
      process.exit(3)
    }
    send({id, result: {session_id: 's', ...names, info: names, messages: wrong}})
    event('session.info', 's', names)
  })`

describe('supervisor: names that are none', () => {
  it('never come into a record of the crash log', async () => {
    const wrongs = [null, true, 7, '', [], ['a'], {}, {a: 1}, {a: {b: [1]}}]
    for (const wrong of wrongs) {
      const harness = await Harness.create({
        gateway: {command: [process.execPath, '-e', program], env: {...process.env, WRONG: JSON.stringify(wrong)}},
        recovery: {limit: 1},
      })
      try {
        harness.supervisor.start({kind: 'new'})
        await harness.until(() => harness.deaths.length > 0)
        const stamp = {schemaVersion: 1, time: 0, monotonic: 0, instance: '00000000'}
        for (const details of harness.records) {
          const line = formatRecord('tui-parent', recordOf({...details, ...stamp} as LifecycleEvent), (text) => text)
          expect(line, JSON.stringify(wrong)).to.not.match(/\[object|session=(?!none |s )|version[=.](?!"")/)
        }
        expect(harness.records.map(({type}) => type)).to.include.members(['ready', 'exit'])
        expect(harness.view.session?.key).to.equal(undefined)
      } finally {
        await harness.finish()
      }
    }
    tellTried(wrongs.length, 'wrong names')
  })
})
