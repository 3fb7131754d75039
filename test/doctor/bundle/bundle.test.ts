import {execFileSync} from 'node:child_process'
import fs, {existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync} from 'node:fs'
import {syncBuiltinESMExports} from 'node:module'
import path from 'node:path'
import {expect} from 'chai'
import fc from 'fast-check'
import {writeBundle} from '../../../src/doctor/bundle/bundle.js'
import {tar} from '../../../src/doctor/bundle/tar.js'
import {hermesHome, homeFiles, isWindows} from '../../../src/platform.js'
import {ensureBuilt} from '../../helpers/build.js'
import {runHermes} from '../../helpers/program/run-program.js'
import {createSandbox, type Sandbox} from '../../helpers/sandbox.js'

describe('hermes doctor --bundle', () => {
  let box: Sandbox
  before(function () {
    this.timeout(60_000)
    ensureBuilt()
  })
  beforeEach(() => {
    box = createSandbox()
  })
  afterEach(() => box.remove())

  const run = (args: string[], env: NodeJS.ProcessEnv = {}) =>
    runHermes(['doctor', '--bundle', ...args], {cwd: box.project, env: {...box.env, ...env}})

  it('holds the report, the log and the settings, and no secret in any of them', async () => {
    const canary = 'CANARYa1b2c3d4e5f6g7h8'
    box.write(
      'home/.config/hermes/config.yaml',
      `systemPrompt: You are ${canary}\nproviders:\n  mine:\n    baseUrl: http://127.0.0.1:1/v1\n    apiKey: ${canary}\n    headers:\n      X-Own: own-${canary}\n`,
    )
    const log = homeFiles(hermesHome(box.env)).crashLog
    mkdirSync(path.dirname(log), {recursive: true})
    const parent = '[tui-parent] 2026-11-23T18:42:00.123Z'
    writeFileSync(
      log,
      [
        `${parent} [lifecycle] child error pid=none message=https://me:${canary}@host sk-${canary}`,
        `${parent} uncaughtException: Error: Authorization: Bearer ${canary}`,
        `${parent} exit instance=0a1b2c3d gen=1 pid=1 code=1 signal=null expected=false cause=exit-code:1 stderrTail="refused ${canary}"`,
        `=== unhandled exception · 2026-11-23 18:42:00 ===\nOPENAI_API_KEY=${canary}\nValueError: "api_key": "${canary}" in ${box.home}/x`,
      ].join('\n'),
    )
    writeFileSync(`${log}.20261122T184200000Z-1-1`, `${parent} uncaughtException: token=${canary}\n`)
    const fatal = path.join(path.dirname(log), 'report.20261123.184200.17.0.001.json')
    const report = {
      header: {cwd: box.home, commandLine: ['node', `--token=${canary}`]},
      environmentVariables: {A: canary},
    }
    writeFileSync(fatal, JSON.stringify(report))
    const env = {MY_SECRET_TOKEN: `value-${canary}`, OPENAI_API_KEY: `sk-${canary}`}
    const {stdout, code} = await run(['report', '--yes'], env)
    expect(code).to.equal(0)
    const file = path.join(box.project, 'report.tar.gz')
    if (!isWindows) expect(statSync(file).mode & 0o777).to.equal(0o600)
    execFileSync('tar', ['-xzf', 'report.tar.gz'], {cwd: box.project})
    const root = path.join(box.project, 'hermes-report')
    const names = readdirSync(root, {recursive: true, withFileTypes: true}).filter((entry) => entry.isFile())
    expect(names.map(({name}) => name).sort()).to.deep.equal([
      'configuration.json',
      'doctor.json',
      path.basename(fatal),
      'tui_gateway_crash.log',
      'tui_gateway_crash.log.20261122T184200000Z-1-1',
      'versions.json',
    ])
    for (const {parentPath, name} of names) {
      const content = readFileSync(path.join(parentPath, name), 'utf8')
      expect(content, name).not.to.contain('CANARY').and.not.contain(box.home)
      expect(content.length, name).to.be.greaterThan(20)
      if (name.endsWith('.json')) JSON.parse(content)
      expect(stdout).to.contain(name)
    }
    expect(stdout).not.to.contain('CANARY')
  })

  it('holds the kinds and sizes of the last frames of a run, and none of their contents', async () => {
    const env = {...box.env, HERMES_MODEL: 'offline'}
    const answered = await runHermes(['chat', '--print', 'say CANARYprompt'], {cwd: box.project, env})
    expect(answered.code, answered.stderr).to.equal(0)
    await run(['report', '--yes'])
    execFileSync('tar', ['-xzf', 'report.tar.gz'], {cwd: box.project})
    const folder = path.join(box.project, 'hermes-report', 'frames')
    const frames = readdirSync(folder).map((name) => readFileSync(path.join(folder, name), 'utf8'))
    expect(frames).to.have.length(1)
    expect(frames[0]).to.match(/ gen=1 > prompt\.submit id=r\d+ bytes=\d+\n/)
    expect(frames[0]).to.match(/ gen=1 < message\.complete bytes=\d+\n/)
    expect(frames[0]).not.to.contain('CANARY')
  })

  it('is not written without consent, nor over another file', async () => {
    const {stdout, code} = await run(['report'])
    expect(code).to.equal(2)
    expect(stdout).to.contain('doctor.json').and.contain('Not written')
    expect(existsSync(path.join(box.project, 'report.tar.gz'))).to.equal(false)
    const file = box.write('home/project/mine.tgz', 'mine')
    const refused = await run(['mine.tgz', '--yes'])
    expect(refused.code).to.equal(2)
    expect(refused.stderr).to.contain(file)
    expect(refused.stdout).not.to.contain('doctor.json')
    expect(readFileSync(file, 'utf8')).to.equal('mine')
  })

  it('leaves no half archive behind where the disk is full', () => {
    const file = path.join(box.project, 'full.tgz')
    const full: NodeJS.ErrnoException = Object.assign(new Error('ENOSPC: no space left on device'), {code: 'ENOSPC'})
    const {writeFileSync: write} = fs
    fs.writeFileSync = ((name: string, _: unknown, options: object) => {
      write(name, '', options)
      throw full
    }) as typeof write
    syncBuiltinESMExports()
    try {
      expect(() => writeBundle(file, [], 0)).to.throw('no space left')
    } finally {
      fs.writeFileSync = write
      syncBuiltinESMExports()
    }
    expect(existsSync(file)).to.equal(false)
  })

  it('is an archive that tar reads, whatever it holds', function () {
    this.timeout(30_000)
    const names = ['a', 'logs/b.log', 'c.json']
    fc.assert(
      fc.property(fc.array(fc.uint8Array({maxLength: 2000}), {minLength: 1, maxLength: 3}), (contents) => {
        const files = contents.map((content, index) => ({name: names[index] ?? '', content: Buffer.from(content)}))
        const archive = path.join(box.directory, 'x.tar')
        writeFileSync(archive, tar(files, Date.UTC(2026, 10, 23)))
        for (const {name, content} of files) {
          const read = execFileSync('tar', ['-xOf', archive, name])
          expect(read.equals(content)).to.equal(true)
        }
      }),
      {numRuns: 10},
    )
  })
})
