/** Words as a shell separates them: quotes hold together what has spaces in it. */
function wordsOf(text: string): string[] {
  return [...text.matchAll(/(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|(\S+))/gs)].map(
    ([, double, single, plain]) => double?.replaceAll(/\\(["\\])/g, '$1') ?? single ?? plain ?? '',
  )
}

/**
 * The prompt that a command makes: `$ARGUMENTS` is all that was typed behind it, `$1` to `$9` are its words, `\$` is a
 * dollar. Where the text asks for none of them, what was typed follows it.
 */
export function expandCommand(body: string, given: string): string {
  const words = wordsOf(given)
  let asked = false
  const text = body
    .trim()
    .replaceAll(/\\\$|\$(?:(ARGUMENTS)(?![A-Za-z0-9_])|([1-9])(?![0-9]))/g, (whole, all, number) => {
      if (whole === '\\$') return '$'
      asked = true
      return all === undefined ? (words[Number(number) - 1] ?? '') : given
    })
  return asked || given === '' ? text : `${text}\n\n${given}`
}
