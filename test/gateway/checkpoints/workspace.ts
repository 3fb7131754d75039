import {execFileSync} from 'node:child_process'
import {lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, realpathSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {Recorder} from '../../../src/gateway/checkpoints/recorder.js'
import {Rewind} from '../../../src/gateway/checkpoints/rewind.js'
import {openStore, type StoreOptions} from '../../../src/gateway/store/index.js'
import type {Store, TurnRow} from '../../../src/gateway/store/types.js'
import {openWorkspace} from '../../../src/permissions/workspace.js'

export const bounds = {maxMb: 50, days: 30, maxFileMb: 1, maxFiles: 5000}

/** A workspace with a home beside it, and sessions in it as a gateway has them. */
export class Ground {
  readonly base = realpathSync(mkdtempSync(path.join(tmpdir(), 'hermes-checkpoints-')))
  readonly project = path.join(this.base, 'project')
  readonly home = path.join(this.base, 'home')
  readonly told: string[] = []
  store: Store
  #prompts = 0

  constructor({git = false}: {git?: boolean} = {}) {
    mkdirSync(this.project)
    mkdirSync(this.home)
    if (git) this.git('init', '-q')
    this.store = openStore(path.join(this.home, 'chat.db'))
  }

  git(...args: string[]): void {
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.org', ...args], {cwd: this.project})
  }

  /** As another process would have it. */
  reopen(options: StoreOptions = {}): void {
    this.store.close()
    this.store = openStore(path.join(this.home, 'chat.db'), options)
  }

  session(key: string, options: Partial<typeof bounds> = {}): {recorder: Recorder; rewind: Rewind} {
    const recorder = new Recorder({
      sessionKey: key,
      rows: this.store.checkpoints,
      folder: path.join(this.home, 'checkpoints'),
      home: this.home,
      workspace: openWorkspace({cwd: this.project, env: {...process.env, HERMES_HOME: this.home}}),
      bounds: {...bounds, ...options},
      tell: (text) => this.told.push(text),
    })
    const rewind = new Rewind({recorder, rows: this.store.checkpoints, sessionKey: key, cwd: this.project})
    return {recorder, rewind}
  }

  turn(key: string): TurnRow {
    const session = {key, title: null, model: null, cwd: this.project, source: 'tui'}
    const promptId = `p${++this.#prompts}`
    const {turn} = this.store.beginTurn({session, promptId, prompt: promptId})
    this.store.finishTurn(turn.id, {status: 'complete'})
    return turn
  }

  remove(): void {
    this.store.close()
    rmSync(this.base, {recursive: true, force: true})
  }
}

/** All below a folder but `.git`, as text: kind, mode and content of each. */
export function treeOf(root: string, folder = ''): Record<string, string> {
  const tree: Record<string, string> = {}
  for (const name of readdirSync(path.join(root, folder)).sort()) {
    if (name === '.git') continue
    const relative = path.join(folder, name)
    const file = path.join(root, relative)
    const info = lstatSync(file)
    const mode = (info.mode & 0o777).toString(8)
    if (info.isSymbolicLink()) tree[relative] = `link ${readlinkSync(file)}`
    else if (info.isDirectory()) Object.assign(tree, {[relative]: 'folder'}, treeOf(root, relative))
    else tree[relative] = `${mode} ${readFileSync(file).toString('latin1')}`
  }
  return tree
}
