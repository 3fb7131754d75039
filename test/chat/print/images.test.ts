import {spawn} from 'node:child_process'
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'
import {eventsOf, startProviderServer, wireForms} from '../../fixtures/provider-server.js'
import {ensureBuilt, root} from '../../helpers/build.js'
import {png} from '../../helpers/images/files.js'
import {picture} from '../../helpers/images/pictures.js'

describe('print mode with images', () => {
  before(function () {
    this.timeout(120_000)
    ensureBuilt()
  })

  it('sends what the prompt mentions, and fails with the reason where that cannot be sent', async () => {
    const home = mkdtempSync(path.join(tmpdir(), 'hermes-print-'))
    const form = wireForms.openai
    const pieces = [...eventsOf(...form.open, ...form.text('seen'), ...form.end('stop')), ...form.tail]
    const server = await startProviderServer([{pieces}])
    try {
      mkdirSync(path.join(home, '.config', 'hermes'), {recursive: true})
      writeFileSync(
        path.join(home, '.config', 'hermes', 'config.yaml'),
        `discoverLocal: false\nmodel: mine/m\nproviders:\n  mine: {kind: openai, baseUrl: "${server.url}", apiKey: k}\n`,
      )
      const work = path.join(home, 'work')
      mkdirSync(work)
      writeFileSync(path.join(work, 'pic.png'), png(5, 5))
      writeFileSync(path.join(work, 'wide.png'), png(100_000, 5_000))
      const run = async (prompt: string) => {
        const env = {PATH: process.env.PATH, HOME: home, HERMES_HOME: path.join(home, 'hermes')}
        const args = [path.join(root, 'bin', 'run.js'), 'chat', '-p', prompt]
        const child = spawn(process.execPath, args, {cwd: work, env, stdio: ['ignore', 'pipe', 'pipe']})
        let said = ''
        child.stdout.on('data', (data) => (said += data))
        child.stderr.on('data', (data) => (said += data))
        const code = await new Promise((resolve) => child.on('close', resolve))
        return {code, said}
      }
      expect(await run('what is @pic.png?')).to.deep.include({code: 0})
      expect(JSON.stringify(server.requests[0]?.body)).to.contain(png(5, 5).toString('base64'))
      const refused = await run('what is @wide.png?')
      expect(refused.code).to.not.equal(0)
      expect(refused.said).to.contain('wide.png').and.to.contain('100000x5000 pixels')
      writeFileSync(path.join(work, 'damaged.png'), png(2500, 2500))
      const damaged = await run('what is @damaged.png?')
      expect(damaged.code).to.not.equal(0)
      expect(damaged.said).to.contain('damaged.png cannot be sent').and.to.contain('cannot be decoded')
      expect(server.requests).to.have.lengthOf(1)
      writeFileSync(
        path.join(work, 'large.png'),
        picture('png', 2400, 1200, (x, y) => [x & 255, y & 255, 9]),
      )
      const scaled = await run('what is @large.png?')
      expect(scaled).to.deep.include({code: 0})
      expect(scaled.said).to.contain('large.png: 2400×1200 scaled to 1568×784')
      expect(server.requests).to.have.lengthOf(2)
    } finally {
      await server.close()
      rmSync(home, {recursive: true, force: true})
    }
  })
})
