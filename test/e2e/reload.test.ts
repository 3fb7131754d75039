import {readFileSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {runHermes} from '../helpers/program/run-program.js'
import {useChats} from '../helpers/pty/suite.js'

describe('a configuration that is changed while the chat runs, end to end', () => {
  const suite = useChats()
  const log = () => readFileSync(path.join(suite.home.hermes, 'logs', 'tui_gateway_crash.log'), 'utf8')

  it('counts for the next death at once', async () => {
    suite.home.configure('recovery:\n  limit: 3\n')
    const chat = suite.start()
    await chat.ready()
    suite.home.configure('recovery:\n  limit: 0\n')
    await chat.waitFor('configuration changed: recovery.limit 3 → 0')
    await chat.killGateway()
    await chat.waitFor(/not started again by itself/)
  })

  it('replaces the gateway between two replies, which is no crash and costs nothing', async () => {
    suite.home.configure('model: offline/400@100\n')
    const chat = suite.start()
    await chat.ready()
    const before = await chat.gateway()
    await chat.submit('hello')
    await chat.waitFor('word20')
    suite.home.configure('model: offline/3\n')
    await chat.waitFor('the gateway is replaced when it is idle')
    expect(chat.gatewayPid()).to.equal(before)
    await chat.waitFor('word399')
    await chat.gateway(before)
    await chat.ready()
    expect(chat.screen()).to.include('offline/3')
    expect(log())
      .to.match(/ replace .*configuration changed/)
      .and.not.match(/expected=false| recover /)
  })

  it('counts from the moment in which its project is trusted', async () => {
    const file = path.join(suite.home.cwd, '.hermesrc')
    writeFileSync(file, 'tools.enabled: false\n')
    const chat = suite.start()
    await chat.ready()
    const trusted = await runHermes(['config', 'trust'], {cwd: suite.home.cwd, env: suite.home.env()})
    expect(trusted.code, trusted.stderr).to.equal(0)
    await chat.waitFor('configuration changed: tools.enabled true → false')
  })

  it('is left alone and told where it is broken', async () => {
    suite.home.configure('recovery:\n  limit: 3\n')
    const chat = suite.start()
    await chat.ready()
    suite.home.configure('recovery:\n  limit: many\n')
    await chat.waitFor(/config\.yaml:2:3: "recovery\.limit" is "many"/)
    const killed = await chat.killGateway()
    await chat.gateway(killed)
    await chat.ready()
  })
})
