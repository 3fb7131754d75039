import {execFileSync} from 'node:child_process'
import {existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import type {TestHome} from '../../helpers/pty/chat.js'

/** Waits where it is held, adds a line, waits again: what it was asked for is done in between. */
const work = `#!/bin/sh
for part in before after; do
  [ $part = before ] || echo "$1" >> log
  : > "$HOME/at/$1.$part"
  while [ -e "$HOME/hold/$1.$part" ]; do sleep 0.02; done
done
echo "worked on $1"
`
const job = `#!/bin/sh
echo "$1" >> "$HOME/jobs"
echo "started $1"
while :; do sleep 1; done
`

/** The small repository on which a model works. */
export class Repository {
  readonly #home: TestHome

  constructor(home: TestHome) {
    this.#home = home
    const write = (name: string, text: string, mode = 0o644) => {
      const file = path.join(home.cwd, name)
      mkdirSync(path.dirname(file), {recursive: true})
      writeFileSync(file, text, {mode})
    }
    for (const folder of ['at', 'hold']) mkdirSync(path.join(home.dir, folder))
    writeFileSync(path.join(home.dir, 'jobs'), '')
    write('work.sh', work, 0o755)
    write('job.sh', job, 0o755)
    for (const name of ['a', 'b', 'c']) write(`src/${name}.txt`, `of ${name}\nvalue: none;\n<end>\n`)
    write('log', '')
    write('asked', '')
    write('notes/first.txt', 'the first\n')
    write('docs/first.txt', 'the first\n')
    const git = (...args: string[]) => execFileSync('git', args, {cwd: home.cwd, env: home.env(), stdio: 'pipe'})
    git('init', '-q')
    git('add', '.')
    git('-c', 'user.name=A', '-c', 'user.email=a@example.com', 'commit', '-q', '-m', 'Begin')
  }

  /** Content and mode of each file, by its path. */
  files(): Record<string, string> {
    const found: Record<string, string> = {}
    const walk = (folder: string) => {
      for (const entry of readdirSync(path.join(this.#home.cwd, folder), {withFileTypes: true})) {
        const name = path.join(folder, entry.name)
        if (name === '.git') continue
        if (entry.isDirectory()) {
          walk(name)
          continue
        }
        const file = path.join(this.#home.cwd, name)
        found[name] = `${(statSync(file).mode & 0o777).toString(8)} ${readFileSync(file, 'utf8')}`
      }
    }
    walk('')
    return found
  }

  /** Lines of what no rewind takes back. */
  jobs(): string[] {
    return readFileSync(path.join(this.#home.dir, 'jobs'), 'utf8').split('\n').filter(Boolean)
  }

  /** A piece of work stands still there from now on. */
  hold(work: string, part: 'before' | 'after'): void {
    writeFileSync(this.#place('hold', work, part), '')
  }

  isAt(work: string, part: 'before' | 'after'): boolean {
    return existsSync(this.#place('at', work, part))
  }

  releaseAll(): void {
    const folder = path.join(this.#home.dir, 'hold')
    for (const name of readdirSync(folder)) rmSync(path.join(folder, name))
  }

  #place(folder: string, work: string, part: string): string {
    return path.join(this.#home.dir, folder, `${work}.${part}`)
  }
}
