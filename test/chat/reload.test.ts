import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'
import {reloadOnChange} from '../../src/chat/reload.js'
import {loadConfig} from '../../src/config/index.js'

describe('a configuration that is changed while the chat runs', () => {
  let home: string
  let reload: {stop(): void} | undefined
  beforeEach(() => {
    home = mkdtempSync(path.join(tmpdir(), 'hermes-reload-'))
  })
  afterEach(() => {
    reload?.stop()
    rmSync(home, {recursive: true, force: true})
  })

  /** Starts the watch; each change is written and waited for, and what it told is returned. */
  async function watched(...texts: string[]): Promise<string[][]> {
    const file = path.join(home, 'hermes.config.yaml')
    const load = () => loadConfig({cwd: home, env: {HOME: '/nonexistent', XDG_CONFIG_HOME: path.join(home, 'none')}})
    let read = Promise.withResolvers<void>()
    let told: string[] = []
    const notify = (text: string) => told.push(text)
    const options = {loaded: await load(), files: [file], apply: () => {}, notify}
    reload = reloadOnChange({
      ...options,
      load: () => {
        const loading = load()
        // After what follows from it.
        loading.catch(() => {}).finally(() => setImmediate(read.resolve))
        return loading
      },
    })
    const all: string[][] = []
    for (const text of texts) {
      read = Promise.withResolvers<void>()
      told = []
      writeFileSync(file, text)
      await read.promise
      all.push(told)
    }
    return all
  }

  it('warns of what a project may not set once, not at each change', async () => {
    const untrusted = 'systemPrompt: mine\n'
    const [first, second] = await watched(untrusted, `${untrusted}\n# a comment\n`)
    expect(first).to.have.length(1)
    expect(first?.[0]).to.include('"systemPrompt" is ignored until you trust this file')
    expect(second).to.deep.equal([])
  })

  it('tells of a broken file once, and of the change when it is mended', async () => {
    const told = await watched('recovery.limit: x\n', 'recovery.limit: x\n', 'recovery.limit: 5\n')
    expect(told.map((texts) => texts.length)).to.deep.equal([1, 0, 1])
    expect(told[0]?.[0]).to.match(/is not used: .*hermes\.config\.yaml:1:1: "recovery\.limit" is "x"/)
    expect(told[2]?.[0]).to.equal('configuration changed: recovery.limit 3 → 5')
  })
})
