import path from 'node:path'
import {fileURLToPath} from 'node:url'
import {expect} from 'chai'
import type {Chat} from '../../../../src/tui/chat.js'
import {ChatSetup, until} from '../../chat-setup.js'

const gateway = fileURLToPath(new URL('../../../fixtures/commands-gateway.mjs', import.meta.url))

describe('commands of a gateway', () => {
  let setup: ChatSetup
  beforeEach(() => {
    setup = new ChatSetup([process.execPath, gateway])
  })
  afterEach(() => setup.dispose())

  const said = (chat: Chat) => chat.state.items.flatMap((item) => ('text' in item ? [item.text] : [])).join('\n')

  async function ready(env: Record<string, string> = {}): Promise<Chat> {
    const chat = setup.start(env)
    await until(chat, () => chat.commands.some(({name}) => name === 'goal'))
    return chat
  }

  /** Enters a line and waits for what it leads to. */
  async function enter(chat: Chat, line: string, expected: string | RegExp): Promise<void> {
    chat.submit(line)
    await until(chat, () => (typeof expected === 'string' ? said(chat).includes(expected) : expected.test(said(chat))))
  }

  it('are listed, completed and found by alias beside ours', async () => {
    const chat = await ready()
    const names = chat.commands.map(({name}) => name)
    expect(names).to.include.members(['compress', 'needkey', 'tools', 'title', 'help'])
    expect(names).to.not.include.members(['skin', 'compact'])
    expect(new Set(names).size).to.equal(names.length)
    expect(chat.commands.find(({name}) => name === 'title')?.summary).to.not.include('Theirs')
    expect(chat.commands.find(({name}) => name === 'permissions')?.summary).to.include('Theirs')
    await enter(chat, '/t list', 'TOOLS')
    await enter(chat, '/compact', 'Compressed 9 → 3')
  })

  const outcomes: [line: string, expected: string, method?: string, params?: Record<string, unknown>][] = [
    ['/tools list', 'TOOLS', 'slash.exec', {command: '/tools list'}],
    ['/personality', 'needs a new session', 'slash.exec', {command: '/personality'}],
    ['/personality pirate', 'personality: pirate', 'config.set', {key: 'personality', value: 'pirate'}],
    ['/needkey the door', 'got skill text for the door', 'prompt.submit', {text: 'skill text for the door'}],
    ['/goal the moon', 'got work on the moon', 'prompt.submit', {text: 'work on the moon'}],
    ['/quick', 'TOOLS', 'slash.exec', {command: '/tools list'}],
    ['/loop', 'leads nowhere'],
    [
      '/compress the plan',
      'Compressed 9 → 3 messages on the plan\n~900',
      'session.compress',
      {focus_topic: 'the plan'},
    ],
    ['/steer go left', 'got go left', 'prompt.submit', {text: 'go left'}],
    ['/background read it', 'bg_123456', 'prompt.background', {text: 'read it'}],
    ['/yolo', 'run unasked', 'config.set', {key: 'yolo', scope: 'session'}],
    ['/yolo 0', 'yolo is off', 'config.set', {key: 'yolo', scope: 'session', value: '0'}],
    ['/reasoning high', 'reasoning: high', 'config.set', {key: 'reasoning', value: 'high'}],
    ['/image /tmp/a.png', '/tmp/a.png · 2×3 goes along', 'image.attach', {path: '/tmp/a.png'}],
    ['/stop', '2 background processes ended', 'process.stop'],
    ['/reload-mcp', '/reload-mcp now', 'reload.mcp', {}],
    ['/reload-mcp now', 'loaded again', 'reload.mcp', {confirm: true}],
    ['/reload', '3 variables', 'reload.env'],
    ['/save', '/saved/x.json', 'session.save'],
    ['/skin dark', "gateway's own screen"],
    ['/nobodyknows', 'unknown command /nobodyknows', 'command.dispatch', {name: 'nobodyknows', arg: ''}],
  ]
  for (const [line, expected, method, params] of outcomes) {
    it(`${line} does what it says: ${expected.split('\n')[0]}`, async () => {
      const chat = await ready()
      await enter(chat, line, expected)
      if (!method) return
      const last = setup.calls(method).at(-1)?.params ?? {}
      expect(last).to.include({session_id: 'live1', ...params})
      if (method !== 'prompt.submit') return
      const shown = chat.state.items.flatMap((item) =>
        item.kind === 'command' || item.kind === 'user' ? [item.text] : [],
      )
      expect(shown.slice(-2), 'what was typed stands above the prompt that came of it').to.deep.equal([
        line,
        params?.text,
      ])
    })
  }

  it('take a dropped image along, once, and know the prompt again after a death', async () => {
    const chat = await ready()
    await enter(chat, '/tmp/cat.png what is it', 'got what is it with /tmp/cat.png')
    expect(said(chat)).to.include('cat.png goes along')
    await enter(chat, '/tools and /tmp/no.png', 'TOOLS')
    await enter(chat, 'plain words', 'got plain words')
    expect(setup.calls('input.detect_drop')).to.have.lengthOf(1)
    await enter(chat, './a/dog.png and this', 'got and this with /the/folder/./a/dog.png')
  })

  it('take it along again in the gateway that comes after a death', async () => {
    const chat = await ready({FG_ONCE: path.join(setup.home, 'once')})
    await enter(chat, '/tmp/cat.png die', 'got die with /tmp/cat.png')
    expect(setup.calls('input.detect_drop').map(({params}) => params.text)).to.deep.equal(
      Array(2).fill('/tmp/cat.png die'),
    )
    expect(new Set(setup.calls('input.detect_drop').map(({pid}) => pid)).size).to.equal(2)
    expect(chat.state.prompts).to.deep.equal([])
  })

  it('tell before the first prompt that no provider is there', async () => {
    const chat = await ready({FG_UNCONFIGURED: '1'})
    await until(chat, () => said(chat).includes('no model provider yet'))
  })

  it('complete what follows them, as far as it is certain', async () => {
    const chat = await ready()
    const typed = (text: string) => chat.store.dispatch({type: 'edit', action: {type: 'load', text}})
    typed('/personality p')
    await chat.completeArguments()
    expect(chat.state.editor.text).to.equal('/personality p')
    expect(chat.state.hint).to.equal('pirate  poet')
    typed('/personality pi')
    await chat.completeArguments()
    expect(chat.state.editor.text).to.equal('/personality pirate ')
    typed('/goal x')
    await chat.completeArguments()
    expect(chat.state.editor.text).to.equal('/goal x')
  })

  it('puts words for the composer there', async () => {
    const chat = await ready()
    chat.submit('/draft this')
    await until(chat, () => chat.state.editor.text === 'edit this')
  })

  it('tells a running turn, and sends what came too late as a prompt', async () => {
    const chat = await ready()
    chat.submit('wait for me')
    await until(chat, () => chat.state.turn?.started === true)
    await enter(chat, '/steer go left', 'the model is told it with its next tool')
    await enter(chat, '/compress', 'a turn runs')
    chat.submit('/steer too late')
    await until(chat, () => chat.state.prompts.some(({text}) => text === 'too late'))
    expect(setup.calls('session.compress')).to.deep.equal([])
    chat.interrupt()
    await until(chat, () => said(chat).includes('got too late'))
    expect(setup.calls('prompt.submit').filter(({params}) => params.text === 'too late')).to.have.lengthOf(1)
  })

  it('go on in a copy that the gateway opened', async () => {
    const chat = await ready()
    chat.submit('/branch other way')
    await until(chat, () => chat.state.session.key === '20260822_100001_bbbbbb')
    expect(setup.calls('session.branch').at(-1)?.params).to.include({name: 'other way'})
  })
})
