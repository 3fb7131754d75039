import {chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {expect} from 'chai'
import {judgeReading, type ReadingJudgement} from '../../../src/permissions/shell/judge.js'
import {onlyCommand, renderScript} from '../../../src/permissions/shell/render.js'
import {isWindows} from '../../../src/platform.js'
import {fillScratch, workspaceOf} from './scratch.js'

const names = 'ls cat head grep find sort pwd echo diff sed git rg wc'.split(' ')

describe('judging that a command only reads', () => {
  let folder: string
  let workspace: string
  let bin: string

  before(function () {
    if (isWindows) this.skip()
    folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'hermes-judge-')))
    ;({workspace} = fillScratch(folder, names))
    bin = path.join(folder, 'bin')
    mkdirSync(bin)
    // Every program is there, also on a machine without ripgrep; no one runs them.
    for (const name of [...names, 'jq', 'tree', 'fd', 'bat', 'node', 'python3', 'test', '[', 'uniq', 'tail']) {
      writeFileSync(path.join(bin, name), '#!/bin/sh\n')
      chmodSync(path.join(bin, name), 0o755)
    }
  })
  after(() => rmSync(folder, {recursive: true, force: true}))

  const judge = (command: string, searchPath = bin): Promise<ReadingJudgement> =>
    judgeReading(command, {cwd: workspace, workspace: workspaceOf(workspace), env: {PATH: searchPath}})

  /** The script that would run, with names for the programs' paths. */
  async function shown(command: string): Promise<string> {
    const judged = await judge(command)
    if (judged.kind === 'asks') return `asks: ${judged.why}`
    return renderScript(judged.run).replaceAll(`'${bin}/`, "'").replaceAll(workspace, 'W')
  }

  const reads: Record<string, string> = {
    'ls -la': "'ls' '-la'",
    'cat a.txt | head -5 && wc -l *.txt': "'cat' 'a.txt' | 'head' '-5' && 'wc' '-l' 'a.txt' 'b.txt'",
    'ls 2>&1 >/dev/null; pwd 2>/dev/null </dev/null': "'ls' 2>&1 >/dev/null\n'pwd' 2>/dev/null",
    'ls >/dev/null 2>&1': "'ls' 2>/dev/null >/dev/null",
    'grep "foo$" src/*.ts || echo "\\w"': "'grep' 'foo$' 'src/one.ts' 'src/two.ts' || 'echo' '\\w'",
    'ls *.none': "'ls' '*.none'",
    'ls "*" \\* \'a b\'': "'ls' '*' '*' 'a b'",
    'cd src && ls; pwd': "(cd 'W/src' && exec 'ls')\n(cd 'W/src' && exec 'pwd')",
    'cd link && cd .. && ls': "'ls'",
    'cat link/one.ts nothing': "'cat' 'link/one.ts' 'nothing'",
    'ls .env': "'ls' '.env'",
    'rg foo docs': "'rg' '--no-config' 'foo' 'docs'",
    'rg foo src': "'rg' '--no-config' '--glob=!.env.local' '--glob=!secret.pem' 'foo' 'src'",
    'grep -r foo src': "'grep' '-r' '--exclude=.env.local' '--exclude=secret.pem' 'foo' 'src'",
    'find . -name "*.ts" -not -path "./x/*"': "'find' '.' '-name' '*.ts' '-not' '-path' './x/*'",
    'find . \\( -name a -o -name b \\)': "'find' '.' '(' '-name' 'a' '-o' '-name' 'b' ')'",
    "sed -n '1,20p;$p' a.txt": "'sed' '-n' '1,20p;$p' 'a.txt'",
    '[ -f a.txt ] && echo yes': "'[' '-f' 'a.txt' ']' && 'echo' 'yes'",
    "jq -r '.a | .b' data.json": "'jq' '-r' '.a | .b' 'data.json'",
    'node --version': "'node' '--version'",
    'bat a.txt': "'bat' '--paging=never' 'a.txt'",
    'ls # the files': "'ls'",
    'cat -- a.txt': "'cat' '--' 'a.txt'",
    'tree -L 2 -I "x|y"': "'tree' '-L' '2' '-I' 'x|y'",
    'echo HEAD~1 @{u} a^ {}': "'echo' 'HEAD~1' '@{u}' 'a^' '{}'",
  }
  for (const [command, script] of Object.entries(reads)) {
    it(`runs ${JSON.stringify(command)}`, async () => {
      expect(await shown(command)).to.equal(script)
    })
  }

  const asks: Record<string, readonly string[]> = {
    'of what the shell would make something else': [
      'ls $HOME',
      'ls ~',
      'echo "$x"',
      'echo $(ls)',
      'echo `ls`',
      'ls {a,b}',
      'ls =ls',
      "echo $'a'",
      'ls .*',
      'ls [z-a]*',
      '""',
      'l* a',
      'ls "a\tb"',
    ],
    'of more than a list of commands': [
      'ls &',
      '(ls)',
      '{ ls; }',
      'if ls; then ls; fi',
      '! ls',
      'time ls',
      'x=1 ls',
      'x=1',
      'ls |& cat',
      'ls <<E\na\nE',
      'f() { ls; }',
      '',
      '# only',
      'cat <<<a',
    ],
    'of redirections': [
      'ls >x',
      'ls >>x',
      'ls 2>x',
      'ls &>/dev/null',
      'cat <a.txt',
      'ls >/dev/nullx',
      'ls | cat </dev/null',
      'ls >&2',
      'ls 2>&-',
      'ls {fd}>/dev/null',
      '>/dev/null',
    ],
    'of programs': [
      'rm a.txt',
      './ls',
      '/bin/ls',
      'env',
      'xargs ls',
      'awk 1',
      'node',
      'node a.js',
      'python3 -V -c 1',
      'git status',
      'eval ls',
      'command ls',
      'constructor',
      '__proto__ a',
      'less a.txt',
      'timeout 5 ls',
    ],
    'of options': [
      'sort -o x a.txt',
      'sort -ox a.txt',
      'sort --outp=x a.txt',
      'sort --compress-program=x a.txt',
      'rg --pre=./e.sh foo',
      'rg --pre ./e.sh foo',
      'rg -z foo',
      'rg -L foo',
      'find . -delete',
      'find . -exec ls',
      'find . -fprint x',
      'find -L .',
      'tail -f a.txt',
      'tail -5f a.txt',
      'sed -n 1e a.txt',
      "sed -n '1w x' a.txt",
      'sed -i 1p a.txt',
      'sed -n -i 1p a.txt',
      'sed 1p a.txt',
      'grep -f key foo',
      'grep -R foo .',
      'wc --files0-from=a.txt',
      'tree -o x',
      'tree -Po x y',
      'bat --pager=x a.txt',
      'jq -L . .',
      "jq '$ENV'",
      'jq env',
      'fd -x ls',
      'ls --colo=never',
      'uniq a.txt b.txt',
      'diff -r src docs',
      'diff src docs',
      'date -s 1',
      'printf -v x y',
      'head -n',
    ],
    'of what is outside': [
      'cat key',
      'cat ../outside/key',
      'cat out/key',
      'ls out',
      'ls /etc',
      'cat /etc/passwd',
      'cat link/../../outside/key',
      'cat environ',
      'cat /proc/self/environ',
      'grep -a KEY /proc/*/environ',
      'ls out/*',
      'cat /dev/zero',
      'find /',
      'find a.txt / -name x',
      'ls nothing/../../outside',
      'cat dangling',
      'cat a.txt key',
      'diff a.txt key',
      'test -f /etc/passwd',
      'cat k*',
      'rg foo out',
      'cd .. && ls',
      'cd out && ls',
      'cd src && cat ../key',
      'grep foo a.txt --exclude=../x/../../y',
    ],
    'of secrets': [
      'cat .env',
      'cat innocent',
      'cat id_rsa',
      'grep foo src/.env.local',
      'cat i*',
      'head -c 5 link/.env.local',
      'rg foo src -g .env.local',
      'grep -r foo src --include=.env.local',
      'sort .env',
      'sed -n 1p .env',
      'jq . .env',
    ],
    'of globs that are options': ['ls -*', 'ls --out*', 'cat *', 'rg hello */*', 'sort ?*'],
    'of folders that are left on a condition': [
      'ls && cd src && ls',
      'cd src || ls',
      'cd src',
      'cd',
      'cd - && ls',
      'cd a.txt && ls',
      'cd nothing; ls',
      'ls | cd src',
      'cd src docs && ls',
      'cd * && ls',
    ],
  }
  for (const [reason, commands] of Object.entries(asks)) {
    it(`asks because ${reason}`, async () => {
      for (const command of commands) expect(await shown(command), command).to.match(/^asks: ./)
    })
  }

  it('asks where a glob matches names in another alphabet that shells count differently', async () => {
    expect(await shown('ls ?')).to.match(/^asks/)
    expect(await shown('ls src/?wo.ts')).to.equal("'ls' 'src/two.ts'")
  })

  it('takes no program from the workspace, from a relative folder or from one that others can write', async () => {
    const open = path.join(folder, 'open')
    mkdirSync(open)
    writeFileSync(path.join(open, 'ls'), '#!/bin/sh\n', {mode: 0o755})
    chmodSync(open, 0o777)
    const linked = path.join(folder, 'linked')
    mkdirSync(linked)
    symlinkSync(path.join(workspace, 'ls'), path.join(linked, 'ls'))
    const shims = path.join(folder, 'shims')
    mkdirSync(shims)
    writeFileSync(path.join(shims, 'ls'), '#!/bin/sh\n', {mode: 0o755})
    const hostile = [path.join(workspace, 'node_modules/.bin'), '.', '', 'src', workspace, open, linked, shims]
    expect(await judge('ls', hostile.join(':'))).to.have.property('kind', 'asks')
    const judged = await judge('ls', [...hostile, bin].join(':'))
    expect(judged).to.deep.include({
      kind: 'reads',
      run: {lists: [{when: 'first', pipeline: [{program: `${bin}/ls`, args: []}]}]},
    })
  })

  it('hands git to the one who knows it', async () => {
    const asked: unknown[] = []
    const judged = await judgeReading('cd src && git log -- *.ts 2>/dev/null', {
      cwd: workspace,
      workspace: workspaceOf(workspace),
      env: {PATH: bin},
      git: async (args, cwd) => {
        asked.push([args, cwd])
        return {command: {program: '/usr/bin/git', args, env: {GIT_DIR: 'x', GIT_PAGER: undefined}}}
      },
    })
    const cwd = `${workspace}/src`
    expect(asked).to.deep.equal([[['log', '--', 'one.ts', 'two.ts'], cwd]])
    if (judged.kind === 'asks') throw new Error(judged.why)
    expect(onlyCommand(judged.run)).to.deep.equal({
      program: '/usr/bin/git',
      args: ['log', '--', 'one.ts', 'two.ts'],
      env: {GIT_DIR: 'x', GIT_PAGER: undefined},
      stderr: 'null',
      cwd,
    })
    expect(renderScript(judged.run)).to.equal(
      `(export GIT_DIR='x' && unset GIT_PAGER && cd '${cwd}' && exec '/usr/bin/git' 'log' '--' 'one.ts' 'two.ts' 2>/dev/null)`,
    )
  })
})
