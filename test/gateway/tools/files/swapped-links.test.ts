import {execFileSync, spawn, spawnSync} from 'node:child_process'
import {once} from 'node:events'
import fs from 'node:fs'
import fsp from 'node:fs/promises'
import {syncBuiltinESMExports} from 'node:module'
import path from 'node:path'
import {expect} from 'chai'
import {runs, someOf} from '../../../helpers/sample.js'
import {type Bench, createBench} from '../helpers.js'

/** Puts something else in the place of a name. Nothing that it replaces is lost, but moved away. */
const swaps: Record<string, (name: string, outside: string) => void> = {
  'a link': (name, outside) => {
    moveAway(name)
    fs.symlinkSync(outside, name)
  },
  'a link to nothing': (name, outside) => {
    moveAway(name)
    fs.symlinkSync(path.join(outside, 'nothing'), name)
  },
  nothing: moveAway,
  'another folder': (name) => {
    moveAway(name)
    fs.mkdirSync(path.join(name, 'two'), {recursive: true})
  },
  'another file': (name) => {
    moveAway(name)
    fs.writeFileSync(name, 'another\n')
  },
  'the same text in another file': (name) => {
    moveAway(name)
    fs.writeFileSync(name, 'old\n')
  },
  'a pipe': (name) => {
    moveAway(name)
    execFileSync('mkfifo', [name])
  },
}

let moved = 0

function moveAway(name: string): void {
  if (fs.lstatSync(name, {throwIfNoEntry: false})) fs.renameSync(name, `${name}.away${++moved}`)
}

/** All files below a folder with their contents, links not followed. */
function everything(folder: string): Map<string, string> {
  const found = new Map<string, string>()
  for (const entry of fs.readdirSync(folder, {recursive: true, withFileTypes: true})) {
    const file = path.join(entry.parentPath, entry.name)
    const text = entry.isFile() ? fs.readFileSync(file, 'utf8') : entry.isSymbolicLink() ? fs.readlinkSync(file) : ''
    found.set(file, text)
  }
  return found
}

/** Calls of node:fs/promises that name a path; the real ones run, with something done before each. */
async function withSteps<T>(before: (step: number, call: string) => void, work: () => Promise<T>): Promise<T> {
  const names = ['lstat', 'mkdir', 'open', 'readlink', 'realpath', 'rename', 'unlink'] as const
  const real = Object.fromEntries(names.map((name) => [name, fsp[name]]))
  let step = 0
  const instrumented = Object.fromEntries(
    names.map((name) => [
      name,
      (...args: unknown[]) => {
        before(step++, name)
        return (real[name] as (...args: unknown[]) => unknown)(...args)
      },
    ]),
  )
  Object.assign(fsp, instrumented)
  syncBuiltinESMExports()
  try {
    return await work()
  } finally {
    Object.assign(fsp, real)
    syncBuiltinESMExports()
  }
}

describe('a link that is put in the way of a write', function () {
  this.timeout(120_000)
  let inside: Bench
  let outside: Bench

  before(function () {
    if (process.platform !== 'linux') this.skip()
  })
  beforeEach(async () => {
    inside = await createBench()
    outside = await createBench()
    for (const folder of ['', 'two', 'two/three', 'three']) {
      await fsp.mkdir(path.join(outside.cwd, folder), {recursive: true})
      await fsp.writeFile(path.join(outside.cwd, folder, 'a'), 'old\n')
    }
  })
  afterEach(async () => {
    await inside.cleanUp()
    await outside.cleanUp()
  })

  const writes: Record<string, {tool: string; args: Record<string, unknown>; swapped: string[]}> = {
    'an edit': {
      tool: 'edit_file',
      args: {path: 'one/two/a', edits: [{old: 'old', new: 'new'}]},
      swapped: ['one', 'one/two', 'one/two/a'],
    },
    'a file that is replaced': {
      tool: 'write_file',
      args: {path: 'one/two/a', content: 'new\n'},
      swapped: ['one', 'one/two', 'one/two/a'],
    },
    'a new file': {
      tool: 'write_file',
      args: {path: 'one/two/b', content: 'new\n'},
      swapped: ['one', 'one/two', 'one/two/b'],
    },
    'a new file in new folders': {
      tool: 'write_file',
      args: {path: 'one/two/three/four/b', content: 'new\n'},
      swapped: ['one', 'one/two', 'one/two/three', 'one/two/three/four', 'one/two/three/four/b'],
    },
  }

  /** Runs one write with one swap before one of its steps; undefined when it has no such step. */
  async function attack(write: string, swapped: string, swap: string, at: number) {
    const {tool, args} = writes[write] as (typeof writes)[string]
    const root = path.join(inside.cwd, String(++moved))
    await fsp.mkdir(path.join(root, 'one', 'two'), {recursive: true})
    await fsp.writeFile(path.join(root, 'one', 'two', 'a'), 'old\n')
    const untouched = everything(outside.cwd)
    const given = {...args, path: path.join(root, String(args.path))}
    const approved: string[] = []
    inside.context.reads = new Map()
    if (write === 'a file that is replaced') await inside.run('read_file', {path: given.path})
    let asked = false
    let struck = false
    inside.answer = ({access}) => {
      if (access.tool === 'edit') approved.push(access.path)
      asked = true
      return true
    }
    const result = await withSteps(
      (step) => {
        if (step !== at) return
        struck = true
        // As long as its folder is not there, nothing can be put in it.
        if (fs.existsSync(path.dirname(path.join(root, swapped)))) swaps[swap]?.(path.join(root, swapped), outside.cwd)
      },
      () => inside.run(tool, given),
    )
    if (!struck) return undefined
    const name = `${write}, ${swap} for ${swapped} before step ${at}: ${JSON.stringify(result)}`
    // What was approved is what may have changed: outside only where the person was asked for just that.
    const now = everything(outside.cwd)
    for (const [file, text] of now) {
      if (untouched.get(file) === text) continue
      expect(
        approved.some((one) => one === file || one.startsWith(`${file}/`)),
        `${file}: ${name}`,
      ).to.equal(true)
    }
    for (const file of untouched.keys()) expect(now.has(file), name).to.equal(true)
    // Nothing is lost: what was there stands somewhere, unless the write was made in its place.
    const all = [...everything(root).values()]
    if ('error' in result) expect(all.includes('old\n') || all.includes('new\n'), name).to.equal(true)
    // A success is one: the text is there, and no temporary file.
    if (!('error' in result)) {
      expect(asked, name).to.equal(true)
      expect([...all, ...now.values()], name).to.include('new\n')
    }
    expect(
      [...everything(root).keys(), ...now.keys()].filter((file) => file.endsWith('.tmp')),
      name,
    ).to.deep.equal([])
    for (const file of now.keys()) if (!untouched.has(file)) fs.rmSync(file, {recursive: true, force: true})
    for (const [file, text] of untouched) if (!fs.statSync(file).isDirectory()) fs.writeFileSync(file, text)
    return 'error' in result
  }

  for (const write of Object.keys(writes)) {
    it(`leads ${write} nowhere, whatever is put where, before whichever step`, async () => {
      const counts = {tried: 0, refused: 0}
      const attacks = (writes[write]?.swapped ?? []).flatMap((swapped) =>
        Object.keys(swaps).map((swap) => ({swapped, swap})),
      )
      for (const {swapped, swap} of someOf(attacks, 3)) {
        for (let at = 0; ; at++) {
          const refused = await attack(write, swapped, swap, at)
          if (refused === undefined) break
          counts.tried++
          if (refused) counts.refused++
        }
      }
      expect(counts.tried).to.be.greaterThan(runs(200, 8))
      console.log(`      ${counts.tried} swaps, ${counts.refused} writes refused`)
    })
  }

  describe('by a process that does nothing else', () => {
    const python = spawnSync('python3', ['-c', 'import ctypes; ctypes.CDLL(None).renameat2']).status === 0
    const WRITES = runs(1000, 60)
    /** Exchanges two names all the time, both in one step. */
    const attacker = `
import ctypes, sys, time
libc = ctypes.CDLL(None)
a, b, pause = sys.argv[1].encode(), sys.argv[2].encode(), float(sys.argv[3])
print('ready', flush=True)
while True:
    if pause: time.sleep(pause)
    if libc.renameat2(-100, a, -100, b, 2) != 0: sys.exit(1)
`

    before(function () {
      if (!python) this.skip()
    })

    const levels = ['the folder', 'a folder above it']
    for (const [level, pause] of levels.flatMap((one) => [0, 0.002].map((pause) => [one, pause] as const))) {
      it(`exchanges ${level} ${pause > 0 ? `every ${pause * 1000} ms` : 'without a pause'}`, async () => {
        const victim = path.join(inside.cwd, level === 'the folder' ? 'one/two' : 'one')
        await fsp.mkdir(path.join(inside.cwd, 'one/two'), {recursive: true})
        await fsp.symlink(
          level === 'the folder' ? path.join(outside.cwd, 'two') : outside.cwd,
          path.join(inside.cwd, 'link'),
        )
        const untouched = everything(outside.cwd)
        const stamps = () =>
          ['', 'two', 'two/a'].map((name) => fs.statSync(path.join(outside.cwd, name), {bigint: true}).ctimeNs)
        const before = stamps()
        const process = spawn('python3', ['-c', attacker, victim, path.join(inside.cwd, 'link'), String(pause)], {
          stdio: ['ignore', 'pipe', 'inherit'],
        })
        const counts = {written: 0, refused: 0, 'denied, as it was outside': 0}
        try {
          await once(process.stdout, 'data')
          inside.answer = ({access}) => access.tool === 'edit' && access.path.startsWith(`${inside.cwd}/`)
          for (let index = 0; index < WRITES; index++) {
            const name = `one/two/${index % 2 === 0 ? 'a' : `new${index}`}`
            inside.context.reads = {get: () => undefined, set: () => {}}
            const result = await inside.run('write_file', {path: name, content: `${index}\n`})
            if (result.denied) counts['denied, as it was outside']++
            else if (result.error) counts.refused++
            else counts.written++
          }
          expect(process.exitCode).to.equal(null)
        } finally {
          process.kill('SIGKILL')
          await once(process, 'exit')
        }
        console.log(`      ${WRITES} writes, 0 outside: ${JSON.stringify(counts)}`)
        expect(everything(outside.cwd)).to.deep.equal(untouched)
        // Not even an empty file was there for a moment.
        expect(stamps()).to.deep.equal(before)
      })
    }
  })
})
