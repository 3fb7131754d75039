import {execFileSync} from 'node:child_process'
import {mkdirSync, readFileSync, realpathSync, renameSync, statSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import {Recorder} from '../../../src/gateway/checkpoints/recorder.js'
import {Rewind} from '../../../src/gateway/checkpoints/rewind.js'
import {openWorkspace} from '../../../src/permissions/workspace.js'
import {bounds, Ground} from './workspace.js'

/** What git has under a name is not always what is in the file: each of these makes it something else of the same size. */
const forms: Record<string, (ground: Ground, folder: string) => void> = {
  'a blob that is replaced by another one': (ground, folder) => {
    const [, of] = execFileSync('git', ['ls-files', '-s', 'sub/a'], {cwd: folder, encoding: 'utf8'}).split(' ')
    const other = path.join(ground.base, 'other')
    writeFileSync(other, 'ENO')
    const to = execFileSync('git', ['hash-object', '-w', other], {cwd: folder, encoding: 'utf8'}).trim()
    ground.git('replace', of ?? '', to)
  },
  'a filter that a folder names': (ground, folder) => {
    ground.git('config', 'filter.turn.clean', 'rev')
    ground.git('config', 'filter.turn.smudge', 'rev')
    writeFileSync(path.join(folder, 'sub', '.gitattributes'), 'a filter=turn\n')
    ground.git('add', '-A')
  },
  'a filter that the repository names': (ground, folder) => {
    ground.git('config', 'filter.turn.clean', 'rev')
    ground.git('config', 'filter.turn.smudge', 'rev')
    writeFileSync(path.join(ground.project, '.git', 'info', 'attributes'), 'a filter=turn\n')
    renameSync(path.join(folder, 'sub', 'a'), path.join(folder, 'sub', 'b'))
    writeFileSync(path.join(folder, 'sub', 'a'), 'one')
    execFileSync('git', ['add', '-A'], {cwd: folder})
  },
}

describe('checkpoints of what git has in another form', () => {
  for (const [form, make] of Object.entries(forms)) {
    for (const tree of ['the repository', 'a work tree of its own']) {
      it(`${form}, in ${tree}: put back is what was there`, async function () {
        this.timeout(30_000)
        const ground = new Ground({git: true})
        try {
          writeFileSync(path.join(ground.project, 'first'), '')
          ground.git('add', '-A')
          ground.git('commit', '-qm', 'first')
          const isOwn = tree !== 'the repository'
          const folder = isOwn ? path.join(ground.base, 'tree') : ground.project
          if (isOwn) ground.git('worktree', 'add', '-q', folder)
          mkdirSync(path.join(folder, 'sub'))
          const file = path.join(realpathSync(folder), 'sub', 'a')
          writeFileSync(file, 'one')
          execFileSync('git', ['add', '-A'], {cwd: folder})
          if (isOwn && form === 'a filter that a folder names') {
            ground.git('config', 'filter.turn.clean', 'rev')
            writeFileSync(path.join(folder, 'sub', '.gitattributes'), 'a filter=turn\n')
            execFileSync('git', ['add', '--renormalize', '.'], {cwd: folder})
            execFileSync('git', ['add', '-A'], {cwd: folder})
          } else make(ground, folder)
          // What is as young as the index is not taken from it.
          execFileSync('touch', ['-d', '1 minute ago', file, path.join(folder, 'sub')])
          execFileSync('git', ['update-index', '-q', '--refresh'], {cwd: folder})
          const workspace = openWorkspace({cwd: folder, env: {...process.env, HERMES_HOME: ground.home}})
          const recorder = new Recorder({
            sessionKey: 's',
            rows: ground.store.checkpoints,
            folder: path.join(ground.home, 'checkpoints'),
            home: ground.home,
            workspace,
            bounds,
            tell: (text) => ground.told.push(text),
          })
          const rewind = new Rewind({recorder, rows: ground.store.checkpoints, sessionKey: 's', cwd: folder})
          while (Date.now() - statSync(file).ctimeMs <= 150) await new Promise((resolve) => setTimeout(resolve, 10))
          const ended = await recorder.ofTurn(ground.turn('s').id).beforeCommand(new AbortController().signal)
          writeFileSync(file, 'two of it')
          await ended()
          const {failed} = await rewind.restore(await rewind.plan((await rewind.list())[0]), {
            overwrite: false,
            toModel: true,
          })
          expect([failed, readFileSync(file, 'utf8')]).to.deep.equal([[], 'one'])
        } finally {
          ground.remove()
        }
      })
    }
  }
})
