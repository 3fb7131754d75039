import path from 'node:path'

interface Place {
  cwd: () => string
  /** Whether there is such a file or folder. */
  isThere: (file: string) => boolean
}

/**
 * The command line with what is said of plugins in oclif's words. `plugins` alone is `plugins list`, which tells plugins of
 * one file too. What `plugins install` is to take from this machine is named as npm does, `./x.tgz` as `file:/…/x.tgz`:
 * oclif takes anything with a slash for a repository of GitHub, and the rest for a name of the registry.
 */
export function withPluginArguments(argv: readonly string[], place: Place): string[] {
  const [first = '', second = ''] = argv
  if (first === 'plugins' && argv.length === 1) return ['plugins', 'list']
  if (/^plugins:(?:install|add)$/.test(first)) return [first, ...argv.slice(1).map((word) => named(word, place))]
  if (first !== 'plugins' || !/^(?:install|add)$/.test(second)) return [...argv]
  return [first, second, ...argv.slice(2).map((word) => named(word, place))]
}

function named(word: string, {cwd, isThere}: Place): string {
  if (word.startsWith('-')) return word
  const file = path.resolve(cwd(), word)
  const isPath = /^\.{0,2}[/\\]/.test(word) || path.isAbsolute(word)
  return isPath || (/\.(?:tgz|tar\.gz)$/.test(word) && isThere(file)) ? `file:${file}` : word
}
