/**
 * Options of git that a model may use unasked. `--name=` stands for an option with a value, joined or
 * in the next word; `--name=a|b` for one with these values only; `--name` for one without.
 */

/** What belongs to every command that prints patches. */
const diffOptions = list(`
  --patch --no-patch --raw --patch-with-raw --patch-with-stat --stat= --numstat --shortstat --dirstat= --cumulative
  --dirstat-by-file= --summary --compact-summary --name-only --name-status --unified= --inter-hunk-context= --minimal
  --patience --histogram --diff-algorithm= --anchored= --indent-heuristic --no-indent-heuristic --color= --no-color
  --color-moved= --no-color-moved --color-moved-ws= --no-color-moved-ws --word-diff= --word-diff-regex= --color-words=
  --no-renames --rename-empty --no-rename-empty --find-renames= --find-copies= --find-copies-harder --break-rewrites=
  --irreversible-delete --diff-filter= --find-object= --pickaxe-all --pickaxe-regex --relative= --no-relative --text
  --ignore-cr-at-eol --ignore-space-at-eol --ignore-space-change --ignore-all-space --ignore-blank-lines
  --ignore-matching-lines= --function-context --full-index --binary --abbrev= --no-abbrev --exit-code --quiet --check
  --ws-error-highlight= --no-prefix --default-prefix --src-prefix= --dst-prefix= --line-prefix= --no-ext-diff
  --no-textconv --ita-invisible-in-index --skip-to= --rotate-to= --cc --combined-all-paths
  --ignore-submodules=dirty|all --submodule=short
`)

const diffLetters = /^-(?:[pusRabwWzcS]|[UlMCB]\d+%?|[MCBDGI]|[SGI].+|U|l)$/

/** What chooses commits. */
const walkOptions = list(`
  --max-count= --skip= --since= --after= --until= --before= --since-as-filter= --author= --committer= --grep=
  --grep-reflog= --all-match --invert-grep --regexp-ignore-case --basic-regexp --extended-regexp --fixed-strings
  --perl-regexp --merges --no-merges --min-parents= --max-parents= --no-min-parents --no-max-parents --first-parent
  --not --all --branches= --tags= --remotes= --glob= --exclude= --reflog --single-worktree --ignore-missing --bisect
  --cherry-mark --cherry-pick --cherry --left-only --right-only --left-right --walk-reflogs --merge --boundary
  --simplify-by-decoration --full-history --dense --sparse --simplify-merges --ancestry-path= --show-pulls
  --date-order --author-date-order --topo-order --reverse --no-walk= --do-walk
`)

const logOptions = list(`
  --pretty= --format= --abbrev-commit --no-abbrev-commit --oneline --encoding= --expand-tabs= --no-expand-tabs --notes=
  --no-notes --relative-date --date= --parents --children --graph --no-graph --show-linear-break= --decorate=
  --no-decorate --decorate-refs= --decorate-refs-exclude= --clear-decorations --source --mailmap --no-mailmap
  --use-mailmap --no-use-mailmap --full-diff --log-size --follow --no-follow --no-show-signature --root
  --diff-merges=off|none|first-parent|1|separate|combined|c|dense-combined|cc|m|on --no-diff-merges --dd
`)

const logLetters = /^-(?:\d+|n|n\d+|[iEFPgmt]|L|L.+)$/

const refOptions = list(`
  --list --contains= --no-contains= --merged= --no-merged= --points-at= --sort= --format= --color= --no-color --column=
  --no-column --ignore-case --omit-empty
`)

export interface Subcommand {
  long: ReadonlyMap<string, readonly string[] | 'none' | 'any'>
  short: RegExp
  /** Contents of tracked files are printed, not only their names. */
  contents: boolean
  /** What is put before the model's own words. */
  added: readonly string[]
}

const patch = ['--no-ext-diff', '--no-textconv']
const log = command([diffOptions, walkOptions, logOptions], anyOf(diffLetters, logLetters), {
  contents: true,
  added: patch,
})

/**
 * Missing on purpose: `status -v` and `describe --dirty` look into submodules and run what those name,
 * whatever is said of submodules; `rev-parse --git-dir` would print the private folder.
 */
export const subcommands: Readonly<Record<string, Subcommand>> = {
  status: command(
    [
      list(`--short --branch --no-branch --porcelain= --long --untracked-files= --ignored= --ahead-behind
        --no-ahead-behind --renames --no-renames --find-renames= --show-stash --no-show-stash --column= --no-column
        --ignore-submodules=dirty|all`),
    ],
    /^-(?:[sbz]+|u|uno|unormal|uall|M\d*%?)$/,
    {added: ['--ignore-submodules=dirty']},
  ),
  diff: command(
    [diffOptions, list('--cached --staged --merge-base --base --ours --theirs --no-diff-merges')],
    anyOf(diffLetters, /^-[0123]$/),
    {contents: true, added: ['--ignore-submodules=dirty', ...patch]},
  ),
  log,
  show: log,
  'stash list': log,
  'reflog show': log,
  blame: command(
    [
      list(`--root --show-stats --porcelain --line-porcelain --incremental --show-name --show-number --show-email
        --since= --after= --until= --before= --abbrev= --date= --first-parent --reverse --minimal --color-lines
        --color-by-age --encoding= --ignore-rev= --score-debug --no-progress --no-textconv --diff-algorithm=`),
    ],
    /^-(?:[bltfnsewcpkL]|L.+|[MC]\d*)$/,
    {contents: true, added: ['--no-textconv']},
  ),
  branch: command(
    [refOptions, list('--show-current --all --remotes --verbose --abbrev= --no-abbrev')],
    /^-(?:[arv]+|[li])$/,
  ),
  tag: command([refOptions], /^-(?:[li]|n\d*)$/),
  remote: command([list('--verbose')], /^-v$/),
  'remote get-url': command([list('--all --push')], /^$/),
  'rev-parse': command(
    [
      list(`--abbrev-ref= --short= --verify --quiet --symbolic --symbolic-full-name --show-toplevel --show-prefix
        --show-cdup --is-inside-work-tree --is-inside-git-dir --is-bare-repository
        --is-shallow-repository --show-object-format= --show-ref-format --all --branches= --tags= --remotes= --glob=
        --exclude= --not --revs-only --no-revs --flags --no-flags --since= --after= --until= --before=
        --disambiguate= --local-env-vars`),
    ],
    /^-q$/,
  ),
  'ls-files': command(
    [
      list(`--cached --deleted --modified --others --ignored --stage --unmerged --killed --directory
        --no-empty-directory --empty-directory --exclude= --exclude-standard --error-unmatch --full-name --abbrev=
        --eol --deduplicate --sparse --resolve-undo --format=`),
    ],
    /^-(?:[cdmoisuktvfz]+|x|x.+)$/,
  ),
  describe: command(
    [
      list(`--all --tags --contains --abbrev= --candidates= --exact-match --debug --long --match= --exclude= --always
        --first-parent`),
    ],
    /^$/,
  ),
  shortlog: command(
    [walkOptions, list('--numbered --summary --email --group=author|committer --mailmap --no-mailmap --date=')],
    /^-(?:[nsec]+|\d+|[iEFP]|w.*)$/,
  ),
}

function command(
  lists: readonly Subcommand['long'][],
  short: RegExp,
  rest: Partial<Pick<Subcommand, 'contents' | 'added'>> = {},
): Subcommand {
  return {long: new Map(lists.flatMap((one) => [...one])), short, contents: false, added: [], ...rest}
}

function list(text: string): Subcommand['long'] {
  return new Map(
    text
      .trim()
      .split(/\s+/)
      .map((word) => {
        const [name = '', values] = word.split('=')
        return [name, values === undefined ? 'none' : values === '' ? 'any' : values.split('|')]
      }),
  )
}

function anyOf(...patterns: readonly RegExp[]): RegExp {
  return new RegExp(patterns.map((one) => one.source).join('|'), 's')
}
