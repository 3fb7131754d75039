import {mkdirSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import type {ConfiguredPermissions} from '../../../src/gateway/session/permissions.js'
import {SessionPermissions} from '../../../src/gateway/session/permissions.js'
import type {Ask} from '../../../src/gateway/session/questions.js'
import {runTool} from '../../../src/gateway/turn/tool-run.js'
import {defaultRunPermissions} from '../../../src/permissions/run-permissions.js'
import type {ApprovalRequest} from '../../../src/protocol/approval.js'
import {createSandbox, type Sandbox} from '../../helpers/sandbox.js'
import {createBench, tool} from '../tools/helpers.js'

describe('permissions of a session', () => {
  let box: Sandbox
  beforeEach(() => {
    box = createSandbox()
    mkdirSync(path.join(box.project, '.git'))
  })
  afterEach(() => box.remove())

  function permissionsOf(
    rules: Partial<ConfiguredPermissions['rules']> = {},
    {allow = [], session = []}: {allow?: string[]; session?: string[]} = {},
  ): SessionPermissions {
    return new SessionPermissions({
      cwd: box.project,
      env: box.env,
      outputs: '/nowhere/outputs',
      home: path.join(box.home, '.hermes'),
      run: {...defaultRunPermissions, allow},
      configured: async () => ({
        mode: 'ask',
        addDirs: [],
        sandbox: false,
        rules: {allow: [], ask: [], deny: [], ...rules},
      }),
      sessionRules: {list: () => session, add: () => {}, remove: () => false},
      tell: () => {},
    })
  }

  it('are the rules of flags, configuration and session, without what allows nothing any more', async () => {
    const permissions = permissionsOf(
      {deny: ['todo'], allow: ['bash(a)', 'nonsense(']},
      {allow: ['bash(b)', 'bash'], session: ['bash(c)', '(']},
    )
    const shown = (await permissions.rules()).map(({effect, rule, source, workspace}) => [
      `${effect} ${rule.text}`,
      source,
      workspace,
    ])
    expect(shown).to.deep.equal([
      ['allow bash(b)', 'flag', undefined],
      ['deny todo', 'configuration', undefined],
      ['allow bash(a)', 'configuration', undefined],
      ['allow bash(c)', 'session', box.project],
    ])
  })

  it('fail where a rule that forbids can’t be read, rather than go without it', async () => {
    const failure = await permissionsOf({deny: ['bash(']})
      .rules()
      .catch((error: Error) => error.message)
    expect(failure).to.contain('"bash("')
  })

  it('hold whatever a hook asks: denied stays denied, allowed is asked for, and nobody to ask is a no', async () => {
    const askedBy = {by: 'plugin policy', reason: 'why'}
    const asked: unknown[] = []
    const ask: Ask = async (_, payload) => {
      asked.push((payload as ApprovalRequest).why)
      return {choice: 'once'} as never
    }
    const read = {access: {tool: 'read', path: path.join(box.project, 'a')}, title: 'Read a', askedBy} as const
    const bash = (command: string) =>
      ({access: {tool: 'bash', command, cwd: box.project}, title: 'Run', askedBy}) as const
    const permissions = permissionsOf({deny: ['bash(rm *)'], allow: ['bash(make *)']})
    expect((await permissions.permit(bash('rm x'), ask)).allowed).to.equal(false)
    expect(asked).to.deep.equal([])
    expect(await permissions.permit(read, ask)).to.deep.equal({allowed: true, asked: true})
    expect(await permissions.permit(bash('make x'), ask)).to.deep.equal({allowed: true, asked: true})
    // What is proved to only read still runs as what was proved.
    expect(await permissions.permit(bash('ls'), ask)).to.include.keys('proved', 'asked')
    expect(asked).to.deep.equal(Array(3).fill('plugin policy asks: why'))
  })

  it('hold for a command that the configuration names too', async () => {
    const permissions = permissionsOf({deny: ['bash(rm *)'], ask: ['bash(npx *)']})
    expect(await permissions.unasked('rm -rf x'))
      .to.have.property('denied')
      .that.includes('bash(rm *)')
    expect(await permissions.unasked('npx biome check a.ts')).to.equal('ask')
    expect(await permissions.unasked('prettier --write a.ts')).to.equal('allow')
  })

  it('refuse a tool without a pattern that a rule denies by its name, and no other', async () => {
    const names = ['todo', 'clarify', 'session_search', 'list_files']
    const calls: Record<string, object> = {
      todo: {todos: []},
      clarify: {question: 'q'},
      session_search: {query: 'q'},
      list_files: {},
    }
    const bench = await createBench()
    try {
      for (const denied of names) {
        const permissions = permissionsOf({deny: [denied], allow: names})
        const context = {...bench.context, refusal: (name: string) => permissions.refusal(name)}
        for (const name of names) {
          const result = await runTool({name, args: calls[name]}, [tool(name)], context)
          if (name === denied) {
            expect(result).to.deep.equal({error: `${name}: the rule ${name} forbids it`, denied: true})
          } else expect(result, name).to.not.have.any.keys('error', 'denied')
        }
      }
    } finally {
      await bench.cleanUp()
    }
  })
})
