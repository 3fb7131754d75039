import {execFileSync} from 'node:child_process'
import {appendFileSync, mkdirSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {AgentJournals, agentSession, allAgentSessions} from '../../../src/acp/journal/journal.js'
import {createSandbox, type Sandbox} from '../../helpers/sandbox.js'

describe('the journal of a session with an agent', () => {
  let sandbox: Sandbox
  let journals: AgentJournals
  const file = () => path.join(sandbox.project, 'agents', 'gemini', 'a1.jsonl')
  const header = {t: 'session', key: 'a1', agent: 'gemini', cwd: '/', at: 1} as const

  beforeEach(() => {
    sandbox = createSandbox()
    journals = new AgentJournals(sandbox.project, 'gemini')
    mkdirSync(path.dirname(file()), {recursive: true})
  })

  afterEach(() => sandbox.remove())

  it('takes a title though a death has torn its last line', () => {
    appendFileSync(file(), `${JSON.stringify(header)}\n{"t":"text","te`)
    journals.add('a1', {t: 'title', title: 'kettle'})
    expect(journals.read('a1')?.title).to.equal('kettle')
  })

  it('passes over what lies among them and is none, and lines that lack something', () => {
    const wrong = [{t: 'prompt', id: 1}, {t: 'text'}, {t: 'title'}, null, [], {t: 'end'}]
    appendFileSync(file(), [header, ...wrong].map((line) => JSON.stringify(line)).join('\n'))
    appendFileSync(path.join(sandbox.project, 'agents', '.DS_Store'), '')
    mkdirSync(path.join(path.dirname(file()), 'b1.jsonl'))
    expect(agentSession(sandbox.project, 'b1')).to.equal(undefined)
    expect(allAgentSessions(sandbox.project)).to.deep.include.members([agentSession(sandbox.project, 'a1')])
    expect(journals.list()).to.have.length(1)
    expect(journals.read('a1')).to.deep.include({title: '', lastActive: 1, turns: []})
  })

  it('keeps what is written when a full disk has room again', function () {
    // The limit of a file's size stands for the end of the disk: a part is taken, then nothing.
    if (process.platform !== 'linux') this.skip()
    const limit = (bytes: string) => execFileSync('prlimit', ['--pid', String(process.pid), `--fsize=${bytes}:`])
    const ignored = () => {}
    process.on('SIGXFSZ', ignored)
    const journal = journals.open('a1')
    journal.write(header)
    try {
      limit('120')
      expect(() => journal.write({t: 'prompt', id: 'p1', text: 'lost '.repeat(40), at: 2})).to.throw('EFBIG')
    } finally {
      limit('unlimited')
      process.off('SIGXFSZ', ignored)
    }
    journal.write({t: 'prompt', id: 'p2', text: 'kept', at: 3})
    journal.close()
    expect(journals.read('a1')?.turns.map(({text}) => text)).to.deep.equal(['kept'])
  })
})
