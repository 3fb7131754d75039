import {once} from 'node:events'
import {createServer} from 'node:http'
import type {AddressInfo} from 'node:net'
import {expect} from 'chai'
import {runProgram} from '../../helpers/program/run-program.js'
import {programPath} from '../../helpers/pty/chat.js'
import {useChats} from '../../helpers/pty/suite.js'
import {type ScriptedModel, startScriptedModel} from '../../helpers/scripted-model.js'

describe('a question about a page of the web', () => {
  const suite = useChats()
  let model: ScriptedModel
  afterEach(() => model?.close())

  it('shows the whole address in ASCII, and how a host of look-alike letters is written', async () => {
    // The first two letters are Cyrillic.
    const url = 'https://\u0430\u0440ple.example/a\u202eb?q=\u200b'
    model = await startScriptedModel({'look it up': [[{name: 'web_fetch', args: {url}}], 'as you wish']})
    suite.home.configure(`discoverLocal: false\n${model.configuration}`)
    const chat = suite.start()
    await chat.ready()
    await chat.submit('look it up')
    await chat.waitFor(/type what to do instead/)
    const screen = chat.screen()
    expect(screen).to.include('https://xn--ple-5cd4f.example/a%E2%80%AEb?q=%E2%80%8B')
    expect(screen).to.include('is written with other letters: ⟦U+0430⟧⟦U+0440⟧ple.example')
    expect(screen).to.include('every page of xn--ple-5cd4f.example')
    chat.press('escape')
    await chat.waitFor('as you wish')
    expect(model.results().at(-1)).to.include({denied: true})
  })

  it('is not asked in print mode: it is denied with the rule that allows it', async () => {
    const site = createServer((_, response) => response.end('here it is')).listen(0, '127.0.0.1')
    await once(site, 'listening')
    const host = `127.0.0.1:${(site.address() as AddressInfo).port}`
    model = await startScriptedModel({'look it up': [[{name: 'web_fetch', args: {url: `http://${host}/x`}}], 'done']})
    suite.home.configure(`discoverLocal: false\ntools: {fetchPrivate: [127.0.0.1]}\n${model.configuration}`)
    const print = (...args: string[]) =>
      runProgram(process.execPath, [programPath, 'chat', '-p', 'look it up', '--output-format', 'json', ...args], {
        cwd: suite.home.cwd,
        env: suite.home.env(),
      })
    const denials = JSON.parse((await print()).stdout).permission_denials
    expect(denials.map((each: {would_allow: string}) => each.would_allow)).to.deep.equal([`fetch(${host})`])
    expect(model.results().at(-1)).to.include({denied: true})
    const allowed = await print('--allow', 'WebFetch(domain:127.0.0.1)')
    expect(JSON.parse(allowed.stdout).permission_denials).to.deep.equal([])
    expect(model.results().at(-1)).to.include({content: 'here it is'})
    site.close()
  })
})
