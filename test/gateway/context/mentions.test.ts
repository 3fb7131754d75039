import {execFileSync} from 'node:child_process'
import {mkdir, readFile, rm, symlink, truncate, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'
import {openStore} from '../../../src/gateway/store/index.js'
import {homeFiles} from '../../../src/platform.js'
import type {WireMessage} from '../../../src/protocol/methods.js'
import {pdf} from '../../helpers/documents/pdf.js'
import {makeOdd, oddKinds} from '../../helpers/odd-files.js'
import {Scratch} from '../gateway-process.js'
import {noticesOf, ProviderSession} from './provider-session.js'

describe('files that a prompt names', () => {
  const scratch = new Scratch()
  let failing = false
  const session = new ProviderSession(scratch, {
    script: () =>
      failing ? {kind: 'answer', status: 400, body: {error: {message: 'no'}}} : {kind: 'stream', text: ['done']},
  })
  const inProject = (...parts: string[]) => path.join(scratch.project, ...parts)
  const open = async () => {
    const gateway = await session.start()
    return {gateway, ...(await gateway.create())}
  }

  beforeEach(() => {
    failing = false
  })

  it('are sent behind it, and shown nowhere', async () => {
    await writeFile(inProject('a.txt'), 'one\ntwo\n')
    await writeFile(inProject('my notes.md'), 'has </file> in it')
    const {gateway, sid, key} = await open()
    const prompt = 'compare @a.txt, @"my notes.md" and @a.txt.'
    await gateway.turn(sid, prompt)
    const sent = `${prompt}\n\nWhat the prompt above names with @, as it was when the prompt was sent:\n\n<file path="a.txt" lines="2">\none\ntwo\n</file>\n\n<file-2 path="my notes.md" lines="1">\nhas </file> in it\n</file-2>`
    expect(session.user()).to.equal(sent)
    expect(noticesOf(gateway)).to.deep.equal([
      'sent with it: @a.txt (2 lines, 8 bytes), @"my notes.md" (1 line, 17 bytes)',
    ])
    const {messages} = await gateway.call<{messages: WireMessage[]}>('session.history', {session_id: sid})
    expect(messages[0]?.text).to.equal(prompt)

    // What was sent stays as it was, whatever becomes of the file.
    await rm(inProject('a.txt'))
    await gateway.turn(sid, 'and now?')
    expect(session.messages().filter(({role}) => role === 'user')[0]?.content).to.equal(sent)
    await gateway.kill()
    const next = await session.start()
    const opened = await next.call<{session_id: string; messages: WireMessage[]}>('session.resume', {session_id: key})
    expect(opened.messages[0]?.text).to.equal(prompt)
    await next.turn(opened.session_id, 'after a death')
    expect(session.messages().filter(({role}) => role === 'user')[0]?.content).to.equal(sent)
  })

  it('are of a PDF its text', async () => {
    await writeFile(inProject('a.pdf'), pdf(['Hello there', 'Second']))
    await writeFile(inProject('b.pdf'), '%PDF-1.4 and nothing')
    const {gateway, sid} = await open()
    await gateway.turn(sid, 'see @a.pdf and @b.pdf')
    expect(session.user()).to.include('<file path="a.pdf" lines="5">\n[Page 1]\nHello there\n\n[Page 2]\nSecond\n')
    expect(session.user()).to.include("(not sent: the text of this PDF can't be read: ")
  })

  it('go with an export, an import and a branch', async () => {
    await writeFile(inProject('a.txt'), 'CONTENT')
    const {gateway, sid, key} = await open()
    await gateway.turn(sid, 'read @a.txt')
    await writeFile(inProject('a.txt'), 'CHANGED')
    const file = path.join(scratch.home, 'saved.json')
    await gateway.call('session.save', {session_id: sid, file, format: 'json'})
    const branch = await gateway.call('session.branch', {session_id: sid})
    await gateway.turn(String(branch.session_id), 'in the branch')
    expect(session.messages().filter(({role}) => role === 'user')[0]?.content).to.include('CONTENT')
    await gateway.kill()

    const saved = JSON.parse(await readFile(file, 'utf8'))
    saved.session.key = 'another'
    const {readSessionFile} = await import('../../../src/gateway/store/transfer/read.js')
    const copy = path.join(scratch.home, 'copy.json')
    await writeFile(copy, JSON.stringify(saved))
    const store = openStore(homeFiles(scratch.home).database)
    const {session: head, entries} = readSessionFile(copy)
    const importing = store.importSession(head, entries)
    while (!importing.next().done);
    const told = (of: string) => store.messages(of).map(({attached}) => attached)
    expect(told('another')).to.deep.equal(told(key))
    expect(told('another')[0]).to.include('CONTENT')
    expect(store.shownMessages('another').map(({attached}) => attached)).to.deep.equal([null, null])
    store.close()
  })

  it('are sent as before where a prompt is sent again because its turn failed, and else read anew', async () => {
    await writeFile(inProject('a.txt'), 'BEFORE')
    const {gateway, sid} = await open()
    failing = true
    await gateway.turn(sid, 'read @a.txt')
    failing = false
    await writeFile(inProject('a.txt'), 'AFTER')
    await gateway.turn(sid, 'read @a.txt')
    expect(session.user()).to.include('BEFORE').and.not.include('AFTER')
    await gateway.turn(sid, 'read @a.txt')
    expect(session.user()).to.include('AFTER').and.not.include('BEFORE')
  })

  it('are cut where they are too much, and say so to both', async () => {
    await session.configure('context: {promptBytes: 90000}\n')
    await writeFile(inProject('big.log'), 'line of a log é\n'.repeat(20_000))
    await writeFile(inProject('sparse'), 'text\n'.repeat(20_000))
    await truncate(inProject('sparse'), 1_000_000_000)
    await writeFile(inProject('last.txt'), 'x'.repeat(40_000))
    const {gateway, sid} = await open()
    await gateway.turn(sid, 'look at @big.log @sparse and @last.txt')
    const text = session.user()
    expect(Buffer.byteLength(text)).to.be.within(80_000, 92_000)
    expect(text).to.match(
      /<file path="big.log" cut="the first \d+ lines, \d+ of 340000 bytes; read_file has the rest">/,
    )
    expect(text).to.include('path="sparse"').and.include('path="last.txt"').and.not.include('\ufffd')
    const notices = noticesOf(gateway)
    expect(notices).to.include('@big.log: 340 kB, the first 66 kB were sent (context.fileBytes)')
    expect(notices.join('\n')).to.match(/@sparse: 1 GB, the first 2\d kB were sent \(context.promptBytes\)/)
    expect(notices.join('\n')).to.match(/@last.txt/)
  })

  it('that are folders are listed without what is ignored, secret or denied', async () => {
    await session.configure('permissions: {deny: ["read(src/denied/**)"]}\n')
    await mkdir(inProject('src', 'denied'), {recursive: true})
    await mkdir(inProject('src', 'out'))
    for (const name of ['a.ts', 'b.ts', '.env', 'denied/x.ts', 'out/y.js'])
      await writeFile(inProject('src', name), 'SECRET')
    await writeFile(inProject('.gitignore'), 'out/\n')
    execFileSync('git', ['init', '-q'], {cwd: scratch.project})
    const {gateway, sid} = await open()
    await gateway.turn(sid, 'what is in @src/?')
    expect(session.user()).to.match(/<folder path="src" files="2">\na\.ts\nb\.ts\n<\/folder>$/)
    expect(noticesOf(gateway)).to.deep.equal(['sent with it: @src/ (2 names)'])
  })

  it('are not read where reading is denied or would be asked for; outside they are, by the word of the person', async () => {
    await session.configure('permissions: {deny: ["read(private/**)"], ask: ["read(asked.txt)"]}\n')
    await mkdir(inProject('private'))
    const outside = path.join(path.dirname(scratch.project), 'outside.txt')
    await writeFile(outside, 'OUTSIDE')
    await writeFile(inProject('.env'), 'HIDDEN')
    await writeFile(inProject('private', 'x'), 'HIDDEN')
    await writeFile(inProject('asked.txt'), 'HIDDEN')
    await symlink(path.join(scratch.home, '.config', 'hermes', 'config.yaml'), inProject('innocent.yaml'))
    const {gateway, sid} = await open()
    await gateway.turn(sid, `@.env @private/x @asked.txt @innocent.yaml @${outside}`)
    expect(session.user())
      .to.include('OUTSIDE')
      .and.not.match(/HIDDEN|sk-test/)
    expect(session.user().match(/\(not sent: /g)).to.have.length(4)
    const notices = noticesOf(gateway).filter((line) => line.includes('was not sent: '))
    expect(notices).to.have.length(4)
  })

  it('that are odd, binary or missing hold no turn up, and are told', async function () {
    this.timeout(120_000)
    await writeFile(inProject('data.bin'), Buffer.from([1, 2, 0, 255, 254]))
    await writeFile(inProject('latin.txt'), Buffer.from('caf\xe9\n', 'latin1'))
    await writeFile(inProject('empty'), '')
    for (const [index, kind] of oddKinds.entries()) makeOdd(kind, inProject(`odd${index}`, 'x.y'))
    const odd = oddKinds.map((_, index) => `@odd${index}/x.y`).join(' ')
    const {gateway, sid} = await open()
    const {status} = await gateway.turn(sid, `@data.bin @latin.txt @empty @nowhere/at.all @Override ${odd}`)
    expect(status).to.equal('complete')
    const text = session.user()
    expect(text).to.include('(not sent: it is a binary file of 5 bytes)')
    expect(text).to.include('encoding="windows-1252">\ncafé\n').and.include('<file path="empty" lines="0">')
    const notices = noticesOf(gateway).join('\n')
    expect(notices).to.include('not found, and sent as it stands: @nowhere/at.all')
    expect(notices).to.not.include('@Override')
  })

  it('are not looked for where nobody names one', async () => {
    const {gateway, sid} = await open()
    await gateway.turn(sid, 'mail me@example.org, or not')
    expect(session.user()).to.equal('mail me@example.org, or not')
    expect(noticesOf(gateway)).to.deep.equal([])
  })
})
