import {readFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {defineHook, defineSlashCommand, type GatewayHook, type GatewayHookName} from '../src/index.js'
import {eventSchemaVersion} from '../src/lifecycle/events.js'
import {hooksFor} from '../src/lifecycle/hooks.js'
import {eventTypes, sampleEvent, tryHook, trySlashCommand, tryToolHook} from '../src/testing.js'
import {root} from './helpers/build.js'

describe('what tests of plugins are given', () => {
  it('has a sample of every event, with the fields that are said to change', async () => {
    for (const type of eventTypes) {
      const event = sampleEvent(type, {sessionKey: 'mine'})
      expect(event).to.include({type, sessionKey: 'mine', schemaVersion: eventSchemaVersion})
      const onEvent: GatewayHook<'gateway:lifecycle'> = function (told) {
        this.log(`${told.type} %s`, told.sessionKey)
        told.context.warn(told.settings.home)
      }
      const isLifecycle = !['tool-before', 'tool-after', 'turn-end'].includes(type)
      expect(hooksFor(event).includes('gateway:lifecycle')).to.equal(isLifecycle)
      expect(await tryHook(onEvent as GatewayHook<GatewayHookName>, event, {home: '/a/home'})).to.deep.equal([
        {level: 'log', text: `${type} mine`},
        {level: 'warn', text: '/a/home'},
      ])
    }
    console.log(`      ${eventTypes.length} types of events`)
  })

  it('passes on what a hook throws, and what it answers to an exit', async () => {
    const failing = (hook: ReturnType<typeof defineHook<'gateway:exit'>>) =>
      tryHook(hook, sampleEvent('exit')).then(
        () => 'nothing',
        (error: Error) => error.message,
      )
    expect(await failing(defineHook<'gateway:exit'>(async () => Promise.reject(new Error('no'))))).to.equal('no')
    expect(await failing(defineHook<'gateway:exit'>(({context}) => context.error('bad')))).to.equal('bad')
    expect(await failing(defineHook<'gateway:exit'>(({context}) => context.exit(3)))).to.equal('called this.exit(3)')
  })

  it('tells what a hook has against a call of a tool', async () => {
    const policy = defineHook<'tool:before'>(function ({name, args}) {
      this.log(name)
      const {command} = args as {command: string}
      if (command.includes('push')) return {deny: 'nothing leaves this machine'}
      if (command.includes('rm')) return {ask: 'it deletes'}
      return undefined
    })
    const on = (command: string) => tryToolHook(policy, sampleEvent('tool-before', {args: {command}}))
    expect(await on('git push')).to.deep.equal({
      answer: {deny: 'nothing leaves this machine'},
      said: [{level: 'log', text: 'terminal'}],
    })
    expect((await on('rm x')).answer).to.deep.equal({ask: 'it deletes'})
    expect((await on('ls')).answer).to.equal(undefined)
  })

  it('calls a slash command as the chat does', async () => {
    const command = defineSlashCommand(({args, cwd, context}) => {
      context.log('heard')
      return args === '' ? undefined : {prompt: `${args} in ${cwd}`}
    })
    expect(await trySlashCommand(command)).to.deep.equal({answer: undefined, said: [{level: 'log', text: 'heard'}]})
    const {answer} = await trySlashCommand(command, {args: 'look', cwd: '/x'})
    expect(answer).to.deep.equal({prompt: 'look in /x'})
  })

  it('is in a package whose major version is that of the events', () => {
    const {version} = JSON.parse(readFileSync(path.join(root, 'packages', 'types', 'package.json'), 'utf8'))
    expect(version.split('.')[0]).to.equal(String(eventSchemaVersion))
  })
})
