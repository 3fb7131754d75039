import {existsSync, readFileSync} from 'node:fs'
import path from 'node:path'
import {fileURLToPath} from 'node:url'
import {expect} from 'chai'
import {homeFiles} from '../../src/platform.js'
import {ensureBuilt} from '../helpers/build.js'
import {noneLeftOf} from '../helpers/processes-of-home.js'
import {TestHome} from '../helpers/pty/chat.js'
import {startAgentModel} from './agent/model.js'
import {Person} from './agent/person.js'
import {planOf} from './agent/plan.js'
import {Repository} from './agent/repository.js'
import {once, type Transcript, toldOf, transcriptOf} from './agent/transcript.js'
import {checkDatabase} from './oracle.js'

const turns = Number(process.env.HERMES_SOAK_AGENT_TURNS ?? 4)
const seed = process.env.HERMES_SOAK_SEED ?? String(Math.floor(Math.random() * 2 ** 32))

interface Work {
  files: Record<string, string>
  jobs: string[]
  /** Lines of what the MCP server `memory` keeps. */
  remembered: string[]
  transcripts: Transcript[]
  kills: ReadonlyMap<string, number>
}

if (process.platform !== 'win32')
  describe('a day of an agent’s work', () => {
    before(function () {
      this.timeout(120_000)
      ensureBuilt()
    })

    it(`is the same when gateway, screen, guard and terminal are killed: ${turns} turns, HERMES_SOAK_SEED=${seed}`, async () => {
      const [calm, killed] = await Promise.all([work({kills: false}), work({kills: true})])
      const told = [...killed.kills].map(([target, count]) => `${count} ${target}`).join(', ')
      const unknown = killed.transcripts.reduce((sum, each) => sum + each.unknown.length, 0)
      process.stdout.write(`\n  ${turns} turns, killed: ${told || 'nothing'}; ${unknown} calls told as unknown\n`)
      for (const name of new Set([...Object.keys(calm.files), ...Object.keys(killed.files)]))
        expect(killed.files[name], `the file ${name}`).to.equal(calm.files[name])
      expect(killed.jobs, 'what jobs did').to.deep.equal(calm.jobs)
      expect(killed.remembered, 'what a server remembers').to.deep.equal(calm.remembered)
      for (const [day, {turns, steers}] of calm.transcripts.entries()) {
        const other = killed.transcripts[day]
        for (const [index, turn] of turns.entries())
          expect(once(other?.turns[index]), `day ${day + 1}, ${turn.prompt}`).to.deep.equal(
            once(toldOf(turn, other?.turns[index], other?.unknown ?? [])),
          )
        expect(other?.turns, `day ${day + 1}`).to.have.length(turns.length)
        expect(other?.steers, `what was said in day ${day + 1}`).to.deep.equal(steers)
      }
    }).timeout(60_000 + turns * 20_000)
  })

/** All of it in a home of its own, and what is there at the end. */
async function work({kills}: {kills: boolean}): Promise<Work> {
  const home = new TestHome()
  const model = await startAgentModel((number) => planOf(seed, number, turns))
  const repository = new Repository(home)
  home.configure(configurationFor(model.url, home))
  const person = new Person({home, repository, model, seed, turns, kills})
  try {
    await person.run()
    await noneLeftOf(home.hermes, [])
    if (existsSync(home.database)) checkDatabase(homeFiles(home.hermes).database)
    const transcripts: Transcript[] = []
    for (const key of person.sessions) transcripts.push(await transcriptOf(home, key))
    const memory = path.join(home.dir, 'memory.jsonl')
    const remembered = existsSync(memory) ? readFileSync(memory, 'utf8').split('\n') : []
    return {files: repository.files(), jobs: repository.jobs(), remembered, transcripts, kills: person.kills}
  } finally {
    await person.dispose()
    await model.close()
    home.remove()
  }
}

/** The program of a server that nobody here wrote. */
const serverFile = (name: string) =>
  fileURLToPath(import.meta.resolve(`@modelcontextprotocol/server-${name}/dist/index.js`))

function configurationFor(url: string, home: TestHome): string {
  return JSON.stringify({
    discoverLocal: false,
    model: 'mine/scripted',
    providers: {mine: {baseUrl: url, apiKey: 'sk-scripted-model-key', models: ['scripted']}},
    'recovery.limit': 1000,
    'recovery.longLimit': 10_000,
    'recovery.backoffMs': [0],
    mcp: {
      files: {command: process.execPath, args: [serverFile('filesystem'), '.'], env: {HERMES_HOME: home.hermes}},
      memory: {
        command: process.execPath,
        args: [serverFile('memory')],
        env: {HERMES_HOME: home.hermes, MEMORY_FILE_PATH: path.join(home.dir, 'memory.jsonl')},
      },
    },
    permissions: {
      allow: [
        'bash(echo *)',
        'bash(./work.sh *)',
        'bash(./job.sh *)',
        'edit(log)',
        'edit(src/**)',
        'edit(notes/**)',
        'read(~/jobs)',
        'mcp__files',
        'mcp__memory',
      ],
    },
  })
}
