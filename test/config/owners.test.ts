import {chownSync, lchownSync, mkdirSync, rmSync, symlinkSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {loadConfig, projectPlaces} from '../../src/config/index.js'
import {trustProject} from '../../src/config/trust-project.js'
import {createSandbox, type Sandbox} from '../helpers/sandbox.js'

describe('whose a project’s file is', () => {
  let box: Sandbox
  let folder: string
  let cwd: string
  beforeEach(function () {
    // Only root gives files away.
    if (process.geteuid?.() !== 0) this.skip()
    box = createSandbox()
    folder = path.join(box.directory, 'shared')
    cwd = path.join(folder, 'a', 'b')
    mkdirSync(cwd, {recursive: true})
  })
  afterEach(() => box?.remove())

  const load = (env: NodeJS.ProcessEnv = box.env) => loadConfig({cwd, env})
  const textFor = (name: string, model: string) =>
    name === 'package.json' ? `{"hermes": {"model": "${model}"}}` : `{"model": "${model}"}`

  it('decides whether it is read: in a folder above not another’s, told in one line', async () => {
    let tried = 0
    for (const name of projectPlaces) {
      for (const above of ['shared', 'shared/a']) {
        for (const [uid, read] of [
          [0, true],
          [4242, false],
          [65534, false],
        ] as const) {
          tried++
          const file = box.write(`${above}/${name}`, textFor(name, 'their/model'))
          chownSync(file, uid, 0)
          const {values, warnings, files} = await load()
          expect(values.model, file).to.equal(read ? 'their/model' : undefined)
          expect(files.map((used) => used.path)).to.deep.equal(read ? [file] : [])
          expect(warnings).to.deep.equal(read ? [] : [`${file} is not read: it belongs to user ${uid}`])
          rmSync(file)
        }
      }
    }
    console.log(`      ${tried} files tried`)
  })

  it('leaves what is further up, and what is beside it', async () => {
    chownSync(box.write('shared/a/.hermesrc', 'model: their/model\n'), 4242, 0)
    box.write('shared/a/hermes.config.yaml', 'model: mine/beside\n')
    expect((await load()).values.model).to.equal('mine/beside')
    rmSync(path.join(folder, 'a', 'hermes.config.yaml'))
    box.write('shared/.hermesrc', 'model: mine/above\n')
    expect((await load()).values.model).to.equal('mine/above')
  })

  it('counts a link with its owner and what it leads to', async () => {
    const target = box.write('elsewhere.yaml', 'model: a/b\n')
    const link = path.join(folder, '.hermesrc')
    symlinkSync(target, link)
    expect((await load()).values.model).to.equal('a/b')
    lchownSync(link, 4242, 0)
    expect((await load()).values.model).to.equal(undefined)
    lchownSync(link, 0, 0)
    chownSync(target, 4242, 0)
    expect((await load()).values.model).to.equal(undefined)
  })

  it('takes in the working directory what belongs to whom the folder does', async () => {
    chownSync(box.write('shared/a/b/.hermesrc', 'model: a/b\n'), 4242, 0)
    expect((await load()).values.model).to.equal(undefined)
    chownSync(cwd, 4242, 0)
    expect((await load()).values.model).to.equal('a/b')
  })

  it('under sudo the person’s own count', async () => {
    chownSync(box.write('shared/.hermesrc', 'model: a/b\n'), 4242, 0)
    expect((await load({...box.env, SUDO_UID: '4242'})).values.model).to.equal('a/b')
    expect((await load({...box.env, SUDO_UID: '4243'})).values.model).to.equal(undefined)
    expect((await load({...box.env, SUDO_UID: 'x'})).values.model).to.equal(undefined)
  })

  it('says nothing of a package.json that says nothing of us', async () => {
    chownSync(box.write('shared/package.json', '{"name": "x"}'), 4242, 0)
    expect((await load()).warnings).to.deep.equal([])
  })
})

describe('who chooses the model', () => {
  let box: Sandbox
  beforeEach(() => {
    box = createSandbox()
  })
  afterEach(() => box.remove())

  it('is known where a project does that was not trusted', async () => {
    const load = (options: Partial<Parameters<typeof loadConfig>[0]> = {}) =>
      loadConfig({cwd: box.project, env: box.env, ...options})
    box.write('home/.config/hermes/config.yaml', 'model: own/one\n')
    expect((await load()).modelChoice).to.equal(undefined)
    const file = box.write('home/project/.hermesrc', 'model: ollama/x\n')
    expect((await load()).modelChoice).to.deep.equal({model: 'ollama/x', file})
    expect((await load({env: {...box.env, HERMES_MODEL: 'own/two'}})).modelChoice).to.equal(undefined)
    expect((await load({flags: {model: 'own/three'}})).modelChoice).to.equal(undefined)
    await trustProject({cwd: box.project, env: box.env, file: undefined})
    expect((await load()).modelChoice).to.equal(undefined)
    box.write('home/project/.hermesrc', 'model: ollama/y\n')
    expect((await load()).modelChoice).to.deep.equal({model: 'ollama/y', file})
  })
})
