import {chmodSync, lstatSync, mkdirSync, rmSync, symlinkSync, unlinkSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import fc from 'fast-check'
import type {Rewind} from '../../../src/gateway/checkpoints/rewind.js'
import {runs} from '../../helpers/sample.js'
import {tellTried} from '../../helpers/tried.js'
import {Ground, treeOf} from './workspace.js'

/** Names that are short enough to meet again, and those that a terminal or a parser would trip over. */
const names = ['a', 'b', 'c.txt', 'x y', 'new\nline', '\u001b[31mred', '-rf', '~', 'ä', 'Ünï'] as const
const name = fc.constantFrom(...names)
const place = fc.array(name, {minLength: 1, maxLength: 3}).map((parts) => parts.join('/'))
const content = fc.oneof(
  fc.string({maxLength: 20}).map((text) => Buffer.from(text)),
  fc.constant(Buffer.alloc(0)),
  fc.uint8Array({maxLength: 20}).map((bytes) => Buffer.from(bytes)),
  fc.string({minLength: 300, maxLength: 600}).map((text) => Buffer.from(text.repeat(3))),
)

type Op =
  | {op: 'write'; place: string; content: Buffer}
  | {op: 'mode'; place: string; mode: number}
  | {op: 'remove'; place: string}
  | {op: 'link'; place: string; target: string}
  | {op: 'folder'; place: string}
const op: fc.Arbitrary<Op> = fc.oneof(
  fc.record({op: fc.constant('write' as const), place, content}),
  fc.record({op: fc.constant('mode' as const), place, mode: fc.constantFrom(0o644, 0o755, 0o600)}),
  fc.record({op: fc.constant('remove' as const), place}),
  fc.record({op: fc.constant('link' as const), place, target: fc.constantFrom('a', 'nowhere', '..', '/')}),
  fc.record({op: fc.constant('folder' as const), place}),
)

/** What a turn does: an edit of one file, or a command that does any number of things. */
type Act = {edit: {place: string; content: Buffer}} | {command: Op[]}
const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({edit: fc.record({place, content})}),
  fc.record({command: fc.array(op, {maxLength: 6})}),
)
const turns = fc.array(fc.array(act, {maxLength: 4}), {minLength: 1, maxLength: 4})
const step = fc.record({turns, back: fc.nat(10), undo: fc.boolean()})

/** What can't be done to the tree as it is, a command leaves. */
function perform(root: string, act: Op): void {
  const file = path.join(root, act.place)
  try {
    if (act.op === 'remove') rmSync(file, {recursive: true})
    if (act.op === 'mode' && lstatSync(file).isFile()) chmodSync(file, act.mode)
    if (act.op === 'folder') mkdirSync(file, {recursive: true})
    if (act.op === 'link') {
      mkdirSync(path.dirname(file), {recursive: true})
      rmSync(file, {force: true})
      symlinkSync(act.target, file)
    }
    if (act.op === 'write' && !isBehindLink(root, act.place)) {
      mkdirSync(path.dirname(file), {recursive: true})
      if (lstatSync(file, {throwIfNoEntry: false})?.isSymbolicLink()) unlinkSync(file)
      writeFileSync(file, act.content)
    }
  } catch {
    // A file is in the way, or nothing is there.
  }
}

/** Whether a tool would write there: it refuses folders, and follows links first. */
function canBeWritten(root: string, place: string): boolean {
  const parts = place.split('/')
  return parts.every((_, at) => {
    try {
      const info = lstatSync(path.join(root, ...parts.slice(0, at + 1)), {throwIfNoEntry: false})
      return !info || (at < parts.length - 1 ? info.isDirectory() : info.isFile())
    } catch {
      return false
    }
  })
}

function isBehindLink(root: string, place: string): boolean {
  const parts = place.split('/')
  return parts.some((_, at) => {
    const file = path.join(root, ...parts.slice(0, at + 1))
    return lstatSync(file, {throwIfNoEntry: false})?.isSymbolicLink()
  })
}

const signal = new AbortController().signal

async function back(rewind: Rewind, id: number): Promise<void> {
  const checkpoint = (await rewind.list()).find((row) => row.id === id)
  const plan = await rewind.plan(checkpoint)
  expect(plan.changes.filter(({foreign, uncovered}) => foreign || uncovered)).to.deep.equal([])
  const {failed} = await rewind.restore(plan, {overwrite: false, toModel: false})
  expect(failed).to.deep.equal([])
}

describe('files put back', () => {
  for (const git of [false, true]) {
    it(`are what they were before any turn, ${git ? 'with git' : 'without git'}`, async function () {
      this.timeout(300_000)
      let tried = 0
      await fc.assert(
        fc.asyncProperty(
          fc.array(step, {minLength: 1, maxLength: 3}),
          fc.array(op, {maxLength: 8}),
          async (steps, first) => {
            const ground = new Ground({git})
            try {
              for (const act of first) perform(ground.project, act)
              if (git) ground.git('add', '-A')
              let {recorder, rewind} = ground.session('s')
              const before = new Map<number, Record<string, string>>()
              for (const {turns, back: n, undo} of steps) {
                for (const acts of turns) {
                  const turn = ground.turn('s')
                  const tree = treeOf(ground.project)
                  const known = ground.store.checkpoints.list('s').length
                  for (const act of acts) await doAct(recorder.ofTurn(turn.id), ground.project, act)
                  const made = ground.store.checkpoints.list('s')[known]
                  if (made) before.set(made.id, tree)
                }
                // Another process goes on: nothing is in memory.
                if (n % 3 === 0) {
                  ground.reopen()
                  ;({recorder, rewind} = ground.session('s'))
                }
                const ids = [...before.keys()]
                const id = ids[n % ids.length]
                if (id === undefined) continue
                const now = treeOf(ground.project)
                const listed = ground.store.checkpoints.list('s').length
                await back(rewind, id)
                expect(treeOf(ground.project)).to.deep.equal(before.get(id))
                const last = ground.store.checkpoints.list('s')[listed]
                if (last) before.set(last.id, now)
                if (!undo || !last) continue
                await back(rewind, last.id)
                expect(treeOf(ground.project)).to.deep.equal(now)
              }
              expect(ground.told).to.deep.equal([])
              tried++
            } finally {
              ground.remove()
            }
          },
        ),
        {numRuns: runs(200, 8), endOnFailure: true},
      )
      tellTried(tried, `turns put back ${git ? 'with' : 'without'} git`)
    })
  }
})

async function doAct(
  turn: ReturnType<import('../../../src/gateway/checkpoints/recorder.js').Recorder['ofTurn']>,
  root: string,
  act: Act,
) {
  if ('command' in act) {
    const ended = await turn.beforeCommand(signal)
    for (const each of act.command) perform(root, each)
    await ended()
    return
  }
  const {place, content} = act.edit
  if (!canBeWritten(root, place)) return
  const written = await turn.beforeWrite(path.join(root, place), content)
  perform(root, {op: 'write', place, content})
  await written()
}
