import {Doubt} from './files.js'

/** One line of a git configuration, as `git config -z --list` gives it; without value: `[core] bare`. */
export interface Setting {
  section: string
  subsection: string | undefined
  name: string
  value: string | undefined
}

/** Keys that change what is printed or how files are compared, none that names a program or a file. */
const allowed: Readonly<Record<string, RegExp>> = {
  core: /^(?:repositoryformatversion|bare|filemode|ignorecase|symlinks|precomposeunicode|autocrlf|eol|safecrlf|sparsecheckout(?:cone)?|abbrev|quotepath|trustctime|checkstat|ignorestat|longpaths|protectntfs|protecthfs|whitespace|warnambiguousrefs|notesref|commitgraph|multipackindex)$/,
  extensions: /^(?:objectformat|compatobjectformat|refstorage|relativeworktrees)$/,
  color: /./,
  column: /./,
  advice: /./,
  status:
    /^(?:short|branch|relativepaths|showuntrackedfiles|showstash|renames|renamelimit|aheadbehind|displaycommentprefix)$/,
  diff: /^(?:algorithm|context|interhunkcontext|renames|renamelimit|mnemonicprefix|noprefix|srcprefix|dstprefix|relative|colormoved|colormovedws|indentheuristic|statgraphwidth|statnamewidth|wordregex|wserrorhighlight|dirstat|suppressblankempty|autorefreshindex)$/,
  log: /^(?:abbrevcommit|date|decorate|excludedecoration|initialdecorationset|follow|graphcolors|mailmap|showroot)$/,
  format: /^pretty$/,
  pretty: /./,
  i18n: /^(?:commitencoding|logoutputencoding)$/,
  notes: /^displayref$/,
  blame: /^(?:blankboundary|coloring|date|showemail|showroot|markignoredlines|markunblamablelines)$/,
  branch: /^sort$/,
  tag: /^sort$/,
  versionsort: /./,
  push: /^default$/,
  remote: /^pushdefault$/,
  index: /^sparse$/,
}

/** The same of keys with a name in between: `branch.main.remote`. */
const allowedOfNames: Readonly<Record<string, RegExp>> = {
  branch: /^(?:remote|merge|rebase|pushremote)$/,
  remote: /^(?:url|pushurl|fetch|push)$/,
  url: /^(?:insteadof|pushinsteadof)$/,
  diff: /^(?:xfuncname|funcname|wordregex|binary|algorithm)$/,
  color: /./,
}

/** Extensions that are known, and may be left out for who only reads. */
const knownExtensions = /^(?:noop|noop-v1|partialclone|preciousobjects|worktreeconfig)$/

/** Reads `key\nvalue\0…`; names are in lower case but for the subsection. */
export function parseSettings(listed: string): readonly Setting[] {
  return listed
    .split('\0')
    .filter((line) => line !== '')
    .map((line) => {
      const end = line.indexOf('\n')
      const key = end < 0 ? line : line.slice(0, end)
      const [first, last] = [key.indexOf('.'), key.lastIndexOf('.')]
      return {
        section: key.slice(0, first),
        subsection: first === last ? undefined : key.slice(first + 1, last),
        name: key.slice(last + 1),
        value: end < 0 ? undefined : line.slice(end + 1),
      }
    })
}

/** The last value of `section.name`; an empty text where it has none. */
export function lastValue(settings: readonly Setting[], section: string, name: string): string | undefined {
  const found = settings.findLast((one) => one.section === section && one.subsection === undefined && one.name === name)
  return found && (found.value ?? '')
}

export function isOn(value: string | undefined): boolean {
  return value !== undefined && !/^(?:false|no|off|0+)$/i.test(value)
}

export function isPartialClone(settings: readonly Setting[]): boolean {
  return settings.some(
    ({section, name, value}) =>
      (section === 'extensions' && name === 'partialclone') ||
      (section === 'remote' && name === 'promisor' && isOn(value ?? '')),
  )
}

/**
 * The settings that are handed on. `ofWorktree` come from `config.worktree`, where git reads no format.
 * Throws `Doubt` where the format of the repository is not one that is known.
 */
export function safeSettings(common: readonly Setting[], ofWorktree: readonly Setting[]): readonly Setting[] {
  for (const {section, name, value} of common) {
    if (section !== 'extensions') continue
    const known = knownExtensions.test(name) || allowed.extensions?.test(name)
    if (!known || (name === 'refstorage' && !/^(?:files|reftable)$/.test(value ?? '')))
      throw new Doubt(`extensions.${name} = ${JSON.stringify(value ?? '')} is not a format that is known`)
  }
  const format = ({section, name}: Setting) => section === 'extensions' || name === 'repositoryformatversion'
  return [...common, ...ofWorktree.filter((one) => !format(one))].filter(({section, subsection, name}) => {
    const table = subsection === undefined ? allowed : allowedOfNames
    return Object.hasOwn(table, section) && table[section]?.test(name)
  })
}

/** Text of a configuration file; what was read byte by byte is written so. */
export function renderSettings(settings: readonly Setting[]): string {
  return settings
    .map(({section, subsection, name, value}) => {
      const of = subsection === undefined ? '' : ` "${subsection.replace(/[\\"]/g, '\\$&')}"`
      const is = value === undefined ? '' : ` = "${value.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n')}"`
      return `[${section}${of}]\n\t${name}${is}\n`
    })
    .join('')
}
