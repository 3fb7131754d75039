import {readFileSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {homeFiles} from '../../src/platform.js'
import {type OpenAiServer, startOpenAiServer} from '../fixtures/openai-server.js'
import {Scratch} from './gateway-process.js'

describe('a key that a command prints, in a gateway', () => {
  const scratch = new Scratch()
  let server: OpenAiServer | undefined
  afterEach(() => server?.close())

  const secret = 'printed-secret-key-77'

  it('is asked for by the first prompt, and shown to nobody: tools, client, log and store', async () => {
    // The words of the key apart, so that only a result can hold it as a whole.
    const command = "env; printf '%s-%s' printed secret-key-77"
    server = await startOpenAiServer(
      ({messages}) =>
        messages.at(-1)?.role === 'tool'
          ? {kind: 'stream', text: ['done']}
          : {
              kind: 'stream',
              toolCalls: [{id: 'c1', name: 'terminal', arguments: JSON.stringify({command})}],
            },
      {key: secret},
    )
    const runs = path.join(scratch.home, 'runs')
    const config = path.join(scratch.home, 'provider.json')
    const apiKeyCommand = ['/bin/sh', '-c', `echo run >>'${runs}'; printf '%s-%s' printed secret-key-77`]
    const settings = {providers: {test: {baseUrl: server.url, apiKeyCommand}}, 'permissions.mode': 'bypass'}
    writeFileSync(config, JSON.stringify(settings))
    const gateway = await scratch.start({model: 'test/m', env: {HERMES_CONFIG: config}})
    const {sid} = await gateway.create()
    await gateway.event('session.info')
    await gateway.call('setup.status')
    expect(() => readFileSync(runs)).to.throw('ENOENT')

    expect(await gateway.turn(sid, 'go')).to.include({status: 'complete', text: 'done'})
    expect(readFileSync(runs, 'utf8')).to.equal('run\n')
    const result = await gateway.event('tool.complete')
    expect(JSON.stringify(result)).to.contain('[redacted]').and.to.contain('PATH=')
    const sent = server.requests.map(({chat}) => chat)
    await gateway.kill()
    const {database} = homeFiles(scratch.home)
    const stored = [database, `${database}-wal`].map((file) => {
      try {
        return readFileSync(file, 'latin1')
      } catch {
        return ''
      }
    })
    expect(stored.join('').length).to.be.greaterThan(0)
    expect(JSON.stringify([sent, gateway.frames]) + gateway.stderr + stored.join('')).to.not.contain(secret)
  })
})
