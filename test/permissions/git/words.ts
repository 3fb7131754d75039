import {subcommands} from '../../../src/permissions/git/options.js'

const short =
  `-p -u -s -w -b -a -z -R -c -m -t -g -i -E -F -P -n -n3 -3 -1 -U3 -U0 -M -M50% -C -B -D -l5 -Sone -G^o -L1,2:a.txt -q -v -vv
  -r -d -o -k -x -e -f -sb -sn -sne -uall -uno -l -I^x -W`.split(/\s+/)

/** Words that a model may write, harmless by themselves. */
export const plainWords =
  `HEAD HEAD~1 HEAD^ HEAD~1..HEAD main side main...side v1 stash@{0} @{u} a.txt sub sub/b.txt sub/ . module module/a.txt
  :/first HEAD:a.txt :a.txt :(top)a.txt :!a.txt *.txt 5 one 1,2:a.txt :one:a.txt origin committerdate short iso 2.weeks
  refs/heads/main HEAD@{1} %h %s format:%h%d%an`.split(/\s+/)

/** Words by which something might run, be written or be read elsewhere. */
export const nastyWords =
  `--ext-diff --ext --textconv --output=written --output written --outpu=written -Ofile -O --open-files-in-pager
  --remerge-diff --diff-merges=remerge --diff-merges=on --submodule=diff --submodule=log --submodule --show-signature
  --filters --contents --no-index --stdin --alternate-refs --ignore-submodules=none --ignore-submodules=untracked
  --recurse-submodules --dirty --broken --format=%G? --pretty=%h%GG --format=%(describe) --format=%(signature)
  %G? -d -D -f --force --delete -m -M --edit-description --set-upstream-to=main --unset-upstream --help -h
  --git-dir=. -C -c core.fsmonitor=x --exec-path=. --paginate --verbose -v -vv /etc/passwd ../../etc/passwd ~ -- - --end-of-options
  --pathspec-from-file=/etc/passwd --exclude-from=/etc/passwd --ignore-revs-file=/etc/passwd .env HEAD:.env -L1,1:.env`.split(
    /\s+/,
  )

/** Every option of a subcommand, with values that are taken. */
export function optionsOf(name: string): readonly string[] {
  const {long} = subcommands[name] ?? {long: new Map<string, 'none'>()}
  const words = [...long].flatMap(([option, values]) => {
    if (values === 'none') return [option]
    if (values !== 'any') return values.map((value) => `${option}=${value}`)
    return [option, `${option}=1`, `${option}=HEAD`, `${option}=a.txt`, `${option}=always`]
  })
  return [...words, ...short]
}
