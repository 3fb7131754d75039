import path from 'node:path'
import {fileURLToPath} from 'node:url'
import {expect} from 'chai'
import {isRunning} from '../helpers/pty/processes.js'
import {upTo, useChats} from '../helpers/pty/suite.js'

const scripted = fileURLToPath(new URL('../fixtures/scripted-gateway.mjs', import.meta.url))

describe('recovery, end to end', () => {
  const suite = useChats()

  it('keeps what was shown when the gateway is killed in mid-reply, and goes on from there', async () => {
    const chat = suite.start()
    await chat.ready()
    await chat.submit('stream 200 tokens at 100')
    await chat.waitFor('word30')
    const killed = await chat.killGateway()
    await chat.waitFor('[interrupted]')
    await chat.waitFor(/gateway .*SIGKILL/)
    await chat.ready()
    const shown = chat.words()
    expect(shown).to.deep.equal(upTo(shown.length))
    expect(shown.length).to.be.within(30, 199)
    expect(await chat.gateway(killed)).to.not.equal(killed)

    await chat.submit('/continue')
    await chat.waitFor('word199')
    await chat.ready()
    expect(chat.words()).to.deep.equal(upTo(200))
    await chat.quit()
    expect(await chat.outlived()).to.deep.equal([])
  })

  it('says what to do with a reply when the gateway ended in order, by SIGTERM from outside', async () => {
    const chat = suite.start()
    await chat.ready()
    await chat.submit('stream 200 tokens at 100')
    await chat.waitFor('word20')
    process.kill(await chat.gateway(), 'SIGTERM')
    await chat.waitFor('ended by SIGTERM from outside')
    await chat.waitFor(/the reply was interrupted\. \/continue goes on with it/)
    await chat.submit('/continue')
    await chat.waitFor('word199')
    await chat.ready()
    expect(chat.words()).to.deep.equal(upTo(200))
  })

  it('keeps a draft and sends two queued prompts once, in order', async () => {
    const chat = suite.start()
    await chat.ready()
    await chat.submit('stream 5000 tokens at 100')
    await chat.waitFor('word20')
    await chat.submit('count to 11')
    await chat.submit('count to 12')
    await chat.waitFor('2 queued')
    chat.type('a draft that')
    await chat.waitFor('› a draft that')
    await chat.killGateway()
    chat.type(' goes on')
    await chat.waitFor('› a draft that goes on')
    await chat.waitFor(/› count to 12\s+word0[\s\S]*word11/)
    await chat.ready()
    expect(chat.screen()).to.include('› a draft that goes on')
    const text = chat.scrollback()
    expect(text.split('› count to 11\n')).to.have.length(2)
    expect(text.split('› count to 12\n')).to.have.length(2)
    expect(text.indexOf('› count to 11\n')).to.be.below(text.indexOf('› count to 12\n'))
  })

  it('brings session, draft and queue back after kill -9 of the program itself', async () => {
    const chat = suite.start()
    await chat.ready()
    await chat.submit('stream 5000 tokens at 100')
    await chat.waitFor('word20')
    await chat.submit('count to 11')
    await chat.submit('count to 12')
    await chat.waitFor('2 queued')
    chat.type('half a thought')
    await chat.waitFor('› half a thought')
    const gateway = await chat.gateway()
    // What is on the screen is on the disk.
    chat.signal('SIGKILL')
    expect(await chat.waitForExit()).to.include({signal: 'SIGKILL'})

    const again = suite.start(['-c'])
    await again.waitFor('› half a thought')
    await again.waitFor('word60')
    expect(again.words().slice(0, 60)).to.deep.equal(upTo(60))
    expect(isRunning(gateway)).to.equal(true)
    // The reply that grows is drawn at once, what stands above it when the screen is whole.
    await again.waitFor(() => again.scrollback().includes('› stream 5000 tokens at 100'), {what: 'the prompt'})
    await again.waitFor(/count to 11[\s\S]*count to 12/)
  })

  it('gives up after the budget, lives on, and recovers by /recover', async () => {
    const chat = suite.start()
    await chat.ready()
    await chat.submit('count to 5')
    await chat.waitFor('word4')
    await chat.ready()
    let gateway: number | undefined
    for (let death = 0; death < 4; death++) {
      gateway = await chat.gateway(gateway)
      process.kill(gateway, 'SIGKILL')
    }
    await chat.waitFor('/recover tries once more')
    expect(chat.screen()).to.include('SIGKILL').and.to.include('tui_gateway_crash.log')
    expect(chat.gatewayPid()).to.equal(undefined)
    await chat.submit('/recover')
    await chat.ready()
    await chat.submit('count to 6')
    await chat.waitFor('word5')
    await chat.ready()
    expect(chat.words()).to.deep.equal([...upTo(5), ...upTo(6)])
  })

  it('recovers the session of a gateway that speaks like the Python one, by its key', async () => {
    const log = path.join(suite.home.dir, 'requests.log')
    const env = {FG_REFERENCE: '1', FG_STATE: path.join(suite.home.dir, 'state.json'), FG_LOG: log}
    const chat = suite.start(['--gateway-command', `'${process.execPath}' '${scripted}'`], {env})
    await chat.ready()
    await chat.submit('first #words=5')
    await chat.waitFor('word4')
    await chat.ready()
    await chat.submit('second #words=2000 #pace=10')
    await chat.waitFor(/second[\s\S]*word20/)
    const shown = chat.words().length
    const killed = await chat.killGateway()
    await chat.waitFor('[interrupted]')
    await chat.gateway(killed)
    await chat.ready()
    expect(chat.words().length).to.be.at.least(shown)
    await chat.submit('third #words=7')
    await chat.waitFor(/third[\s\S]*word6/)
    await chat.ready()
  })

  it('recovers a gateway that was stopped', async () => {
    const chat = suite.start()
    await chat.ready()
    await chat.submit('stream 5000 tokens at 50')
    await chat.waitFor('word5')
    const stopped = await chat.gateway()
    process.kill(stopped, 'SIGSTOP')
    await chat.waitFor('[interrupted]', {timeout: 12_000})
    await chat.gateway(stopped)
    await chat.ready()
    expect(isRunning(stopped)).to.equal(false)
  })
})
