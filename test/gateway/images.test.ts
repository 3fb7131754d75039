import {execFileSync} from 'node:child_process'
import {mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {imageHeader} from '../../src/images/header.js'
import {MAX_SOURCE_BYTES} from '../../src/images/limits.js'
import {eventsOf, type ProviderServer, startProviderServer, wireForms} from '../fixtures/provider-server.js'
import {gif, jpeg, png, webp} from '../helpers/images/files.js'
import {picture} from '../helpers/images/pictures.js'
import {someOf} from '../helpers/sample.js'
import {Scratch} from './gateway-process.js'

const form = wireForms.anthropic
const answer = {pieces: [...eventsOf(...form.open, ...form.text('seen'), ...form.end('stop')), ...form.tail]}
const pic = png(12, 8)

describe('images in a prompt', () => {
  const scratch = new Scratch()
  let server: ProviderServer

  beforeEach(async () => {
    server = await startProviderServer([answer])
    const folder = path.join(scratch.home, '.config', 'hermes')
    mkdirSync(folder, {recursive: true})
    writeFileSync(
      path.join(folder, 'config.yaml'),
      [
        'discoverLocal: false',
        `providers:`,
        `  mine: {kind: anthropic, baseUrl: "${server.url}", apiKey: k, modelOptions: {blind: {images: false}}}`,
        `  other: {kind: openai-compatible, baseUrl: "${server.url}", apiKey: k}`,
        'permissions:',
        '  deny: ["read(./private/**)"]',
        '',
      ].join('\n'),
    )
    writeFileSync(file('pic.png'), pic)
  })
  afterEach(() => server.close())

  const file = (name: string) => path.join(scratch.project, name)
  const start = (model = 'mine/m') => scratch.start({model, cwd: scratch.project})
  const lastSent = () => JSON.stringify(server.requests.at(-1)?.body)
  const has = (bytes: Buffer) => lastSent().includes(bytes.toString('base64'))
  const storedFiles = () => readdirSync(path.join(scratch.home, 'hermes-chat.db-files'))

  it('are what it mentions by path, of any kind, whatever the names of the files are', async () => {
    const gateway = await start()
    const {sid} = await gateway.create()
    const made = {'a.png': jpeg(4, 4), 'b.txt': webp(4, 4), 'c d.gif': gif(4, 4)}
    for (const [name, bytes] of Object.entries(made)) writeFileSync(file(name), bytes)
    await gateway.turn(sid, 'compare @a.png, @b.txt and @"c d.gif" with @pic.png.')
    for (const bytes of [...Object.values(made), pic]) expect(has(bytes)).to.equal(true)
    const notices = gateway.frames.flatMap(({params}) => (params?.type === 'notice' ? [params.payload?.message] : []))
    expect(notices.join()).to.include(
      'sent with it: @a.png (image), @b.txt (image), @"c d.gif" (image), @pic.png (image)',
    )
    expect(lastSent()).to.contain('image/jpeg').and.to.contain('image/webp').and.to.contain('image/gif')
    expect(storedFiles()).to.have.lengthOf(4)
  })

  it('are sent again with every later prompt, after a death, with another provider, and from a branch', async () => {
    const gateway = await start()
    const {sid, key} = await gateway.create()
    await gateway.turn(sid, 'look at @pic.png')
    // It may change, or go: what was sent is what was stored.
    writeFileSync(file('pic.png'), 'gone')
    await gateway.turn(sid, 'and now?')
    expect(has(pic)).to.equal(true)
    await gateway.kill()
    const next = await start('other/m')
    const {session_id: again} = await next.call('session.resume', {session_id: key, model: 'other/m'})
    await next.turn(String(again), 'and now?')
    expect(has(pic)).to.equal(true)
    expect(lastSent()).to.contain('image_url')
    const {session_id: branch} = await next.call('session.branch', {session_id: String(again)})
    await next.call('session.close', {session_id: again})
    await next.call('session.delete', {session_id: key})
    await next.turn(String(branch), 'and here?')
    expect(has(pic)).to.equal(true)
  })

  it('are gone with the last session that has them', async () => {
    const gateway = await start()
    const {sid, key} = await gateway.create()
    await gateway.turn(sid, 'look at @pic.png')
    expect(storedFiles()).to.have.lengthOf(1)
    await gateway.call('session.close', {session_id: sid})
    await gateway.call('session.delete', {session_id: key})
    expect(storedFiles()).to.deep.equal([])
  })

  it('go along again when the prompt is taken back and sent again', async () => {
    const gateway = await start()
    const {sid} = await gateway.create()
    await gateway.turn(sid, 'look at @pic.png')
    writeFileSync(file('pic.png'), 'gone')
    const {text} = await gateway.call('session.undo', {session_id: sid})
    await gateway.turn(sid, String(text))
    expect(has(pic)).to.equal(true)
  })

  it('are attached as the screen of Hermes Agent does it, and go with the next prompt alone', async () => {
    const gateway = await start()
    const {sid} = await gateway.create()
    const attached = await gateway.call('image.attach', {session_id: sid, path: `${file('pic.png')} what is it`})
    expect(attached).to.include({
      attached: true,
      name: 'pic.png',
      width: 12,
      height: 8,
      remainder: 'what is it',
      count: 1,
    })
    const dropped = await gateway.call('input.detect_drop', {session_id: sid, text: `'${file('pic.png')}' and this`})
    expect(dropped).to.include({matched: true, is_image: true, text: '[Image #2 · pic.png 12x8] and this'})
    await gateway.turn(sid, 'both')
    expect(lastSent().split(pic.toString('base64'))).to.have.lengthOf(3)
    expect(lastSent()).to.contain('[Image #1 · pic.png 12x8]')
    const {messages} = await gateway.call('session.history', {session_id: sid})
    expect(JSON.stringify(messages)).to.contain('both\\n[Image #1 · pic.png 12x8]\\n[Image #2 · pic.png 12x8]')
    await gateway.turn(sid, 'no more')
    expect(lastSent().split(pic.toString('base64'))).to.have.lengthOf(3)
  })

  it('are scaled where they are too large, once, and the person is told', async function () {
    this.timeout(60_000)
    const gateway = await start()
    const {sid} = await gateway.create()
    const large = picture('png', 2400, 1200, (x, y) => [x & 255, y & 255, 9])
    writeFileSync(file('large.png'), large)
    await gateway.turn(sid, 'look at @large.png and @pic.png')
    expect(has(large)).to.equal(false)
    expect(has(pic)).to.equal(true)
    const notices = gateway.frames.filter(({params}) => params?.type === 'status.update')
    expect(JSON.stringify(notices)).to.contain('large.png: 2400×1200 scaled to 1568×784')
    const stored = storedFiles().map((name) => readFileSync(path.join(scratch.home, 'hermes-chat.db-files', name)))
    const sizes = stored.map((bytes) => imageHeader(bytes))
    // The original is stored with it.
    expect(sizes).to.deep.include.members([
      {kind: 'png', width: 1568, height: 784},
      {kind: 'png', width: 2400, height: 1200},
    ])
    const copy = stored.filter((bytes) => !bytes.equals(large))
    await gateway.turn(sid, 'and now?')
    for (const bytes of copy) expect(has(bytes)).to.equal(true)
    // Named again, and in another session: it is there.
    const {sid: other, key} = await gateway.create()
    await gateway.turn(other, 'what is @large.png')
    expect(has(large)).to.equal(false)
    expect(storedFiles()).to.have.lengthOf(3)
    expect(JSON.stringify(gateway.frames).split('2400×1200 scaled')).to.have.lengthOf(2)
    const {session_id: branch} = await gateway.call('session.branch', {session_id: other})
    await gateway.turn(String(branch), 'and here?')
    expect(has(large)).to.equal(false)
    for (const gone of [sid, other, String(branch)]) await gateway.call('session.close', {session_id: gone})
    const {sessions} = await gateway.call('session.list', {})
    for (const {id} of sessions as {id: string}[]) await gateway.call('session.delete', {session_id: id})
    expect(key).to.be.a('string')
    expect(storedFiles()).to.deep.equal([])
  })

  it('are scaled by the next gateway where one is killed meanwhile', async function () {
    this.timeout(60_000)
    const gateway = await start()
    const {sid, key} = await gateway.create()
    const large = picture('png', 2400, 1200, (x, y) => [x & 255, y & 255, 9])
    writeFileSync(file('large.png'), large)
    await gateway.call('prompt.submit', {session_id: sid, text: 'look at @large.png', prompt_id: 'p1'})
    await gateway.kill()
    rmSync(file('large.png'))
    const next = await start()
    const {session_id: again} = await next.call('session.resume', {session_id: key})
    await next.call('prompt.continue', {session_id: again})
    await next.until(() => next.frames.some(({params}) => params?.type === 'message.complete'))
    expect(server.requests).to.have.lengthOf(1)
    expect(has(large)).to.equal(false)
    expect(lastSent()).to.contain('image/png')
    expect(storedFiles()).to.have.lengthOf(2)
  })

  it('that are too large and damaged end the turn in words, and what follows goes on without them', async function () {
    this.timeout(60_000)
    const gateway = await start()
    const {sid} = await gateway.create()
    // Its header is well, and of its pixels there are few.
    writeFileSync(file('damaged.png'), png(2500, 2500))
    gateway.send('prompt.submit', {session_id: sid, text: 'see @damaged.png'})
    await gateway.until(() => gateway.frames.some(({params}) => params?.type === 'message.complete'))
    const errors = JSON.stringify(gateway.frames.filter(({params}) => params?.type === 'error'))
    expect(errors).to.contain('damaged.png cannot be sent').and.contain('cannot be decoded')
    const {messages} = await gateway.call('session.history', {session_id: sid})
    expect(JSON.stringify(messages)).to.contain('see @damaged.png')
    expect(server.requests).to.have.lengthOf(0)
    await gateway.turn(sid, 'go on with @pic.png')
    expect(has(pic)).to.equal(true)
    expect(has(png(2500, 2500))).to.equal(false)
  })

  it('that were attached outlive a gateway that is killed, and go along once', async function () {
    this.timeout(60_000)
    for (const prompted of someOf([false, true], 1)) {
      const gateway = await start()
      const {sid, key} = await gateway.create()
      if (prompted) await gateway.turn(sid, 'before')
      await gateway.call('image.attach', {session_id: sid, path: file('pic.png')})
      await gateway.kill()
      const next = await start()
      const {session_id: again} = await next.call('session.resume', {session_id: prompted ? key : sid})
      const attached = await next.call('image.attach', {session_id: String(again), path: file('pic.png')})
      expect(attached).to.include({count: 2, text: '[Image #2 · pic.png 12x8]'})
      // Killed again in the middle of the prompt: it is stored with them, or they still wait.
      const prompt = {text: 'both', prompt_id: `p-${prompted}`}
      next.send('prompt.submit', {session_id: again, ...prompt})
      await next.kill()
      const last = await start()
      const opened = await last.call('session.resume', {session_id: prompted ? key : sid})
      const id = String(opened.session_id)
      const {status} = await last.call('prompt.submit', {session_id: id, ...prompt})
      if (status !== 'streaming') await last.call('prompt.continue', {session_id: id})
      await last.until(() => last.frames.some(({params}) => params?.type === 'message.complete'))
      expect(lastSent().split(pic.toString('base64')), `${prompted}`).to.have.lengthOf(3)
      await last.turn(id, 'no more')
      expect(lastSent().split(pic.toString('base64'))).to.have.lengthOf(3)
      await last.kill()
    }
  })

  it('that were attached are gone with the session, and are told of where their file is gone', async () => {
    const gateway = await start()
    const {sid, key} = await gateway.create()
    await gateway.turn(sid, 'before')
    await gateway.call('image.attach', {session_id: sid, path: file('pic.png')})
    const [stored = ''] = storedFiles()
    rmSync(path.join(scratch.home, 'hermes-chat.db-files', stored))
    const {message} = await gateway.refused('prompt.submit', {session_id: sid, text: 'now'})
    expect(message).to.contain('[Image #1 · pic.png 12x8] is gone: attach it again')
    await gateway.call('image.attach', {session_id: sid, path: file('pic.png')})
    expect(storedFiles()).to.have.lengthOf(1)
    await gateway.call('session.close', {session_id: sid})
    await gateway.call('session.delete', {session_id: key})
    expect(storedFiles()).to.deep.equal([])
  })

  it('come with the prompt of a client, once, though the gateway is killed before it answers', async () => {
    const gateway = await start()
    const {sid, key} = await gateway.create()
    const kept = path.join(scratch.home, 'pasted')
    mkdirSync(kept)
    writeFileSync(path.join(kept, 'a.img'), pic)
    const label = '[Image #1 · shot.png 12x8]'
    const prompt = {text: `see ${label}`, prompt_id: 'p1', images: [{label, path: path.join(kept, 'a.img')}]}
    gateway.send('prompt.submit', {session_id: sid, ...prompt})
    await gateway.kill()
    const next = await start()
    const opened = await next.request('session.resume', {session_id: key})
    const again = opened.result?.session_id ?? (await next.create({stored_session_id: key})).sid
    const {status} = await next.call('prompt.submit', {session_id: again, ...prompt})
    if (status !== 'streaming') await next.call('prompt.continue', {session_id: again})
    await next.until(() => next.frames.some(({params}) => params?.type === 'message.complete'))
    expect(lastSent().split(pic.toString('base64'))).to.have.lengthOf(2)
  })

  it('are left out for a model that is set to take none, and the person is told', async () => {
    const gateway = await start('mine/blind')
    const {sid} = await gateway.create()
    await gateway.turn(sid, 'look at @pic.png')
    expect(has(pic)).to.equal(false)
    expect(lastSent()).to.contain('@pic.png is left out')
    const told = gateway.frames.filter(({params}) => params?.type === 'status.update')
    expect(JSON.stringify(told)).to.contain('mine/blind is set to take no images')
  })

  it('that cannot be sent are refused with the reason, and nothing is stored', async () => {
    const gateway = await start()
    const {sid} = await gateway.create()
    const large = Buffer.concat([pic, Buffer.alloc(MAX_SOURCE_BYTES)])
    const unfit: [name: string, bytes: Buffer, why: RegExp][] = [
      ['cut.png', pic.subarray(0, -5), /cut off/],
      ['cut.jpg', jpeg(9, 9).subarray(0, -3), /cut off/],
      ['none.png', png(0, 5), /no pixels/],
      ['bomb.png', png(30_000, 30_000), /30000x30000 pixels.*64 million.*(magick|sips)/],
      ['large.png', large, /more than the 20 MiB.*(magick|sips)/],
    ]
    for (const [name, bytes, why] of unfit) {
      writeFileSync(file(name), bytes)
      const {message} = await gateway.refused('prompt.submit', {session_id: sid, text: `look at @${name}`})
      expect(message).to.match(why).and.to.contain(name)
      const attach = await gateway.refused('image.attach', {session_id: sid, path: file(name)})
      expect(attach.message).to.match(why)
    }
    expect(server.requests).to.have.lengthOf(0)
  })

  it('are no other files: those are told of when they are attached, and are words in a prompt', async () => {
    const gateway = await start()
    const {sid} = await gateway.create()
    writeFileSync(file('vector.svg'), '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')
    writeFileSync(file('text.png'), 'no picture')
    mkdirSync(file('folder.png'))
    execFileSync('mkfifo', [file('fifo.png')])
    symlinkSync('/dev/zero', file('device.png'))
    const odd = ['vector.svg', 'text.png', 'folder.png', 'fifo.png', 'device.png', 'missing.png']
    for (const name of odd) {
      const {message} = await gateway.refused('image.attach', {session_id: sid, path: name})
      expect(message, name).to.contain(name)
    }
    await gateway.turn(sid, odd.map((name) => `@${name}`).join(' '))
    expect(lastSent()).to.not.contain('"image"')
  })

  it('that may hold secrets, or that a rule denies, are not read', async () => {
    const gateway = await start()
    const {sid} = await gateway.create()
    mkdirSync(file('private'))
    mkdirSync(path.join(scratch.home, '.ssh'))
    const secret = path.join(scratch.home, '.ssh', 'key.png')
    writeFileSync(file('private/a.png'), pic)
    writeFileSync(secret, pic)
    symlinkSync(secret, file('link.png'))
    for (const name of ['private/a.png', secret, 'link.png']) {
      for (const [method, params] of [
        ['prompt.submit', {text: `see @${name}`}],
        ['prompt.submit', {text: 'see', images: [{label: '[Image #1 · a.png 1x1]', path: file(name)}]}],
        ['image.attach', {path: name}],
      ] as const) {
        const {message} = await gateway.refused(method, {session_id: sid, ...params})
        expect(message, `${method} ${name}`).to.match(/is not read|no such file/)
      }
    }
    expect(server.requests).to.have.lengthOf(0)
    // One that lies elsewhere is read by the person's word.
    const outside = path.join(path.dirname(scratch.home), 'outside.png')
    writeFileSync(outside, pic)
    await gateway.turn(sid, `see @${outside}`)
    expect(has(pic)).to.equal(true)
  })
})
