import {expect} from 'chai'
import fc from 'fast-check'
import {subcommands} from '../../../src/permissions/git/options.js'
import {readingGit} from '../../../src/permissions/git/words.js'
import {runs} from '../../helpers/sample.js'
import {nastyWords} from './words.js'

const read = (line: string) => readingGit(line === '' ? [] : line.split(' '))

describe('words of git', () => {
  const accepted = `status
--no-pager status
status -sb
status --short --branch
status --porcelain=v2 -uno
status -uall --ignored
diff
diff HEAD~1..HEAD
diff --stat main...HEAD
diff --cached --name-only
diff --staged -U3 -w -- src/a.ts test
diff HEAD@{1} -- a.ts
diff -M90% --diff-filter=ACMR --word-diff=color
log
log -5
log -n 5 --oneline
log -n5 --graph --all --decorate
log --since=2.weeks --author=me --grep fix -i
log --since yesterday --until=today --no-merges
log -S needle -p
log -Sneedle --pickaxe-regex
log -G^foo --patch --stat
log --format=%H%x09%an%x09%s -- a
log --pretty=oneline --abbrev-commit --date=short
log --follow -p -- a.ts
log -L 1,20:src/a.ts
log -L1,20:src/a.ts
log -L :main:src/a.ts
log origin/main..HEAD --left-right --cherry-pick
log -m --first-parent -p
show
show HEAD
show HEAD~3:src/a.ts
show --stat --oneline HEAD
show --name-status abc123 -- a
blame a.ts
blame -L 10,20 a.ts
blame -w -C -C HEAD~2 -- a.ts
branch
branch -a
branch -vv
branch -avv
branch -r --sort=-committerdate
branch --list feature/*
branch -l feature/*
branch --show-current
branch --contains HEAD~2
branch --merged main
branch --no-merged
branch --format=%(refname:short)
tag
tag -l v*
tag -n
tag -n5 --list v1.*
tag --sort=-creatordate
tag --points-at HEAD
rev-parse HEAD
rev-parse --short HEAD
rev-parse --short=8 HEAD
rev-parse --abbrev-ref HEAD
rev-parse --abbrev-ref --symbolic-full-name @{u}
rev-parse --show-toplevel
rev-parse --verify -q HEAD
rev-parse --is-inside-work-tree
ls-files
ls-files -m -o --exclude-standard
ls-files --others --exclude-standard -- src
ls-files -s
ls-files *.ts
describe
describe --tags --always --abbrev=7
shortlog -sn
shortlog -sne HEAD --no-merges
stash list
stash list -p -n 2
remote
remote -v
remote get-url origin
reflog
reflog -n 10
reflog show main --date=iso`.split('\n')

  const refused = `
-C .. status
-c core.fsmonitor=x status
--git-dir=x status
--exec-path=x status
--work-tree=x status
-p log
--paginate log
--config-env=a=b log
--no-pager --no-pager log
--bare log
lg
commit -m x
checkout main
fetch
grep x
grep -O x
cat-file -p HEAD
cat-file --textconv HEAD:a
config -l
worktree list
add .
bisect log
archive HEAD
difftool
diff --ext-diff
diff --ext
diff --textconv
diff --text-conv
diff --output=x
diff --output x
diff --outp=x
diff -Ox
diff -O x
diff --no-index a b
diff --no-ind a b
diff --submodule
diff --submodule=diff
diff --submodule=log
diff --ignore-submodules=none
diff --ignore-submodules=untracked
diff -- --output=x
diff -S -- --output=x
diff --end-of-options x
diff -
log --show-signature
log --show-sig
log --remerge-diff
log --diff-merges=remerge
log --diff-merges=r
log --format=%G?
log --format=%h%+GK
log --pretty=format:%<(10)%GS
log --pretty=%-G?
log --alternate-refs
log --stdin
log --output=x
log -O
log --ext-diff -p
log --textconv
log --remerge
log -h
log --help
show --ext-diff
show --format=%GG
blame --contents x a
blame --textconv a
blame -S x a
blame --ignore-revs-file=x a
status -v
status -vv
status -sv
status --verbose
status --ignore-submodules=none
status --pathspec-from-file=x
branch new
branch -v new
branch -r new
branch -d x
branch -D x
branch -m a b
branch -f a b
branch -u origin/main
branch --set-upstream-to=x
branch --unset-upstream
branch --edit-description
branch --delete x
branch -c a b
branch --list --format=%(worktreepath)
branch --list --format %(signature:grade)
branch --track a b
tag v1
tag -a v1 -m x
tag -d v1
tag -f v1
tag -v v1
tag --verify v1
tag -s v1
tag -n v1
tag --list --format=%(contents:signature)
rev-parse --parseopt
rev-parse --git-path hooks
rev-parse --git-common-dir
rev-parse --show-superproject-working-tree
rev-parse --resolve-git-dir x
ls-files --recurse-submodules
ls-files -X file
ls-files --exclude-from=x
describe --dirty
describe --broken
describe --dirty=x
shortlog --format=%G?
shortlog --output=x
stash
stash push
stash pop
stash drop
stash show -p
stash -p list
stash list --ext-diff
remote add a b
remote update
remote -v update
remote show origin
remote prune origin
remote set-url origin x
reflog expire --all
reflog delete HEAD@{1}
reflog exists x
reflog drop x
log --output=/x
LOG
__proto__
constructor
status --__proto__`.split('\n')

  for (const line of accepted) it(`takes: git ${line}`, () => expect(read(line)).to.not.have.property('ask'))
  for (const line of refused) it(`asks: git ${line}`, () => expect(read(line)).to.have.property('ask'))

  it('asks for a word that can not be passed on', () => {
    for (const word of ['a\0b', 'a\ud800']) expect(readingGit(['log', word])).to.have.property('ask')
  })

  it('adds what holds whatever the configuration of the person says', () => {
    expect(read('diff HEAD')).to.deep.equal({
      subcommand: 'diff',
      args: ['--no-pager', 'diff', '--ignore-submodules=dirty', '--no-ext-diff', '--no-textconv', 'HEAD'],
      operands: ['HEAD'],
      contents: true,
    })
    expect(read('branch -vv')).to.have.deep.property('args', ['--no-pager', 'branch', '--list', '-vv'])
    expect(read('reflog -n 3')).to.have.deep.property('args').that.includes.members(['reflog', 'show'])
  })

  it('lets no word that begins with - through that is not on the list, wherever it stands', () => {
    let taken = 0
    const word = fc.oneof(
      fc.constantFrom(...nastyWords),
      fc.string({maxLength: 12}),
      fc.string({unit: 'binary', maxLength: 6}),
    )
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(subcommands)), fc.array(word, {maxLength: 6}), (name, words) => {
        const result = readingGit([...name.split(' '), ...words])
        if ('ask' in result) return
        taken++
        const {long, short, added} = subcommands[result.subcommand] ?? expect.fail(result.subcommand)
        for (const one of result.args.slice(1)) {
          if (!one.startsWith('-') || added.includes(one) || one === '--' || one === '--list') continue
          expect(short.test(one) || long.has(one.split('=')[0] ?? ''), one).to.equal(true)
          expect(one).to.not.match(/^-(?:-output|-ext-diff|-textconv|-no-index|-show-signature|-remerge|-contents|O)/)
        }
        const end = result.args.indexOf('--')
        if (end >= 0) expect(result.args.slice(end + 1).filter((one) => one.startsWith('-'))).to.deep.equal([])
      }),
      {numRuns: runs(5000, 1000)},
    )
    console.log(`    words of git: 5000 lists tried, ${taken} taken`)
  })
})
