import {existsSync, readFileSync, statSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {openStore} from '../../src/gateway/store/index.js'
import {hermesHome, homeFiles} from '../../src/platform.js'
import {fixture} from '../gateway/mcp/lab.js'
import {useProgramBox} from '../helpers/program/box.js'

describe('hermes mcp', () => {
  const inBox = useProgramBox()
  const {hermes} = inBox
  let file: string
  beforeEach(() => {
    file = homeFiles(hermesHome(inBox.box.env)).mcp
  })

  const program = () => ['--', process.execPath, fixture]
  const pins = () => {
    const store = openStore(homeFiles(hermesHome(inBox.box.env)).database)
    const found = store.mcpPins()
    store.close()
    return found
  }

  it('adds a server after one look at it, lists it, asks it and removes it', async () => {
    expect((await hermes('mcp', 'list')).stdout).to.equal('None; hermes mcp add NAME -- COMMAND adds one.\n')
    const added = await hermes('mcp', 'add', 'fx', '--env', 'TOKEN=abcdefgh12345678', ...program())
    expect(added.stderr).to.equal('')
    expect(added).to.include({code: 0})
    expect(added.stdout).to.match(
      /^fx: 12 tools \(protocol 2025-11-25, \d+ ms\)\n {2}mcp__fx__echo \(says: only reads\): Says it again\n/,
    )
    expect(JSON.parse(readFileSync(file, 'utf8'))).to.deep.equal({
      mcpServers: {fx: {command: process.execPath, args: [fixture], env: {TOKEN: 'abcdefgh12345678'}}},
    })
    expect(statSync(file).mode & 0o777).to.equal(0o600)
    expect(pins().map(({server}) => server)).to.deep.equal(['fx'])
    const listed = JSON.parse((await hermes('mcp', 'list', '--json')).stdout)
    expect(listed.servers[0]).to.include({name: 'fx', source: 'home', from: file})
    expect(listed.servers[0].tools).to.have.length(12)
    const again = await hermes('mcp', 'add', 'fx', ...program())
    expect(again.code).to.equal(2)
    expect(again.stderr).to.contain(`fx is there already, in ${file}`)
    expect((await hermes('mcp', 'test', 'fx')).code).to.equal(0)
    expect((await hermes('mcp', 'remove', 'fx')).stdout).to.equal(`No longer in ${file}: fx\n`)
    expect(pins()).to.deep.equal([])
    const unknown = await hermes('mcp', 'remove', 'fx')
    expect(unknown.code).to.equal(2)
    expect(unknown.stderr).to.contain('there is no MCP server fx')
  })

  it('adds nothing that does not answer, and says why', async () => {
    const cases: [string[], number, RegExp][] = [
      [['fx', '--', '/nowhere/at-all'], 1, /fx can't be used: .*exit code 127: its program was not found/],
      [['a__b', ...program()], 2, /"a__b" is "a__b"; expected a name of at most 32/],
      [['fx'], 2, /expected `command`/],
      [['fx', '--env', 'abcdefgh12345678', ...program()], 2, /--env needs a name, "=" and a value/],
      [['fx', '--url', 'ftp://x'], 2, /"url" of fx is "ftp:\/\/x"; expected an address/],
    ]
    for (const [args, code, words] of cases) {
      const ended = await hermes('mcp', 'add', ...args)
      expect(ended.code, args.join(' ')).to.equal(code)
      expect(ended.stderr.replaceAll(/\s*\n\s*›?\s*/g, ' '), args.join(' ')).to.match(words)
      expect(ended.stderr).to.not.contain('abcdefgh12345678')
    }
    expect(existsSync(file)).to.equal(false)
  })

  it('leaves what else is in the file as it is, and a file that is broken alone', async () => {
    inBox.box.write(
      'home/.hermes/mcp.json',
      JSON.stringify({other: 1, mcpServers: {mine: {command: 'x', alwaysAllow: []}}}),
    )
    await hermes('mcp', 'add', 'fx', ...program())
    const after = JSON.parse(readFileSync(file, 'utf8'))
    expect(after).to.deep.include({other: 1})
    expect(after.mcpServers.mine).to.deep.equal({command: 'x', alwaysAllow: []})
    writeFileSync(file, '{"mcpServers": ')
    const ended = await hermes('mcp', 'remove', 'fx')
    expect(ended.code).to.equal(3)
    expect(ended.stderr).to.contain("can't be read as JSON")
    expect(readFileSync(file, 'utf8')).to.equal('{"mcpServers": ')
  })

  it('tells of tools that are not what they were, and takes them when it is told to', async () => {
    const tools = path.join(inBox.box.project, 'tools.json')
    const write = (description: string) =>
      writeFileSync(tools, JSON.stringify([{name: 'one', description, inputSchema: {type: 'object'}}]))
    write('Reads')
    await hermes('mcp', 'add', 'fx', ...program(), `--file=${tools}`)
    write('Deletes')
    const tested = await hermes('mcp', 'test', 'fx')
    expect(tested.code).to.equal(1)
    expect(tested.stdout).to.contain('not what was taken before: changed: one')
    expect((await hermes('mcp', 'test', 'fx', '--accept')).stdout).to.contain('Taken as they are now.')
    expect((await hermes('mcp', 'test', 'fx')).code).to.equal(0)
  })

  it('uses those of a project only when it is trusted, as they are then', async () => {
    const own = path.join(inBox.box.project, '.mcp.json')
    writeFileSync(
      own,
      JSON.stringify({mcpServers: {fx: {command: process.execPath, args: [fixture]}, bad: {command: 5}}}),
    )
    const before = await hermes('mcp', 'list')
    expect(before.stdout).to.match(/^None/)
    expect(before.stderr).to.contain('not used until you read and trust it: hermes config trust')
    const trusted = await hermes('config', 'trust')
    expect(trusted.stdout).to.contain(`    fx: ${process.execPath} ${fixture}`)
    const after = await hermes('mcp', 'list')
    expect(after.stdout).to.match(/^fx {2}never asked/)
    expect(after.stderr).to.contain('"mcpServers.bad.command" is 5; expected a program')
    writeFileSync(own, `${readFileSync(own, 'utf8')}\n`)
    expect((await hermes('mcp', 'list')).stdout).to.match(/^None/)
    await hermes('config', 'trust')
    await hermes('config', 'trust', '--revoke')
    expect((await hermes('mcp', 'list')).stdout).to.match(/^None/)
  })
})
