import path from 'node:path'

/**
 * The command line with what `plugins install` is to take from this machine named as npm does: `./x.tgz` is
 * `file:/…/x.tgz`. oclif takes anything with a slash for a repository of GitHub, and the rest for a name of the registry.
 * `isThere` tells whether there is such a file or folder.
 */
export function withLocalSources(
  argv: readonly string[],
  {cwd, isThere}: {cwd: () => string; isThere: (file: string) => boolean},
): string[] {
  const [first = '', second = ''] = argv
  const begins = /^plugins:(?:install|add)$/.test(first)
    ? 1
    : first === 'plugins' && /^(?:install|add)$/.test(second)
      ? 2
      : 0
  if (begins === 0) return [...argv]
  const named = (word: string) => {
    const file = path.resolve(cwd(), word)
    const isMeant =
      /^\.{0,2}[/\\]/.test(word) || path.isAbsolute(word) || (/\.(?:tgz|tar\.gz)$/.test(word) && isThere(file))
    return isMeant && !word.startsWith('-') ? `file:${file}` : word
  }
  return argv.map((word, index) => (index < begins ? word : named(word)))
}
