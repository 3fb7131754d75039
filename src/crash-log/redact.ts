/** What a secret becomes. */
export const redacted = '[redacted]'

/** Tokens that are recognisable by themselves, by the issuer's own prefix; one pattern, so that the text is read once. */
const issuedTokens = new RegExp(
  `\\b(?:${[
    'sk-[A-Za-z0-9_-]{16,}',
    '[sr]k_(?:live|test)_[A-Za-z0-9]{16,}',
    '(?:AKIA|ASIA)[A-Z0-9]{16}\\b',
    'gh[pousr]_[A-Za-z0-9]{20,}',
    'github_pat_[A-Za-z0-9_]{20,}',
    'glpat-[A-Za-z0-9_-]{16,}',
    'xox[abeoprs]-[A-Za-z0-9-]{10,}',
    'AIza[A-Za-z0-9_-]{30,}',
    'ya29\\.[A-Za-z0-9_-]{16,}',
    '(?:hf|npm|gsk|pplx|tgp|r8)_[A-Za-z0-9]{20,}',
    'xai-[A-Za-z0-9]{20,}',
    'eyJ[A-Za-z0-9_-]{8,}\\.[A-Za-z0-9_-]{8,}(?:\\.[A-Za-z0-9_-]*)?',
  ].join('|')})`,
  'g',
)
const privateKey = /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g
const authScheme = /\b(Bearer|Basic|Negotiate)(\s+)[A-Za-z0-9._~+/=-]{6,}/gi
const urlUser = /([a-z][a-z0-9+.-]{0,15}:\/\/)[^\s/?#@"']{1,512}@/gi
/** A password may hold a raw `/`; `host:port/…@` is no password. */
const urlPassword = /([a-z][a-z0-9+.-]{0,15}:\/\/)[^\s/:@"']{0,128}:(?!\d{1,5}(?:[/?#]|$))[^\s@"']{1,512}@/gi
const urlQuery = /([?&](?:key|sig|signature|code|auth|session)=)[^&\s"'#]+/gi
const flagAndValue = /(?<!\S)--([A-Za-z][\w-]{0,63})(\s+)([^\s-]\S*)/g
/** Starts at the beginning of a name only, so that the time taken grows with the text and not with its square. */
const nameAndSeparator = /(?<![\w.])([A-Za-z_][\w.-]{0,63})(\\?["']?\s*[=:]\s*)/g
const wholeLineNames = new Set(['authorization', 'proxy-authorization', 'cookie', 'set-cookie'])
const quotedValue = /\\?"(?:[^"\\\n]|\\.)*"?|\\?'(?:[^'\\\n]|\\.)*'?/y
const bareValue = /[^\s"'&]+/y
const restOfLine = /[^\r\n]+/y
const notSecret = /^(?:\d{1,9}(?:\.\d+)?|true|false|null|none|undefined|\[redacted\].*)$/i

const secretWords = new Set([
  'token',
  'secret',
  'secrets',
  'password',
  'passwd',
  'pwd',
  'passphrase',
  'credential',
  'credentials',
  'apikey',
  'authorization',
  'cookie',
])
/** The shell's working directories, in the environment of every process; `pwd` elsewhere means a password. */
const workingDirectories = new Set(['PWD', 'OLDPWD'])
const keyQualifiers = new Set(['api', 'access', 'secret', 'private', 'signing', 'encryption', 'auth', 'master'])

/** Whether a variable, field or flag of this name holds a secret: `OPENAI_API_KEY`, `clientSecret`, `db.password`. */
export function isSecretName(name: string): boolean {
  if (workingDirectories.has(name)) return false
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[_.-]+/)
  if (words.some((word) => secretWords.has(word) || word.endsWith('password') || word.endsWith('apikey'))) return true
  if (!words.includes('key')) return false
  return words.some((word) => keyQualifiers.has(word)) || /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*_KEY$/.test(name)
}

/**
 * Makes a function that takes secrets out of a text: tokens known by their prefix, credentials and
 * tokens in URLs, values of names that say so, and the very values that `env` holds under such names
 * (a bare key in an error text has no shape of its own). Texts keep everything else.
 */
export function createRedactor(env: NodeJS.ProcessEnv = {}): (text: string) => string {
  // Shorter values would blot out ordinary words.
  const values = Object.entries(env)
    .filter(([name, value]) => value !== undefined && value.length >= 8 && isSecretName(name) && !notSecret.test(value))
    .map(([, value]) => String(value))
    .sort((a, b) => b.length - a.length)

  return (text) => {
    let result = text
    for (const value of values) if (result.includes(value)) result = result.replaceAll(value, redacted)
    if (result.includes('-----BEGIN')) result = result.replace(privateKey, redacted)
    result = result.replace(issuedTokens, redacted).replace(authScheme, `$1$2${redacted}`)
    if (result.includes('://')) {
      result = result
        .replace(urlUser, `$1${redacted}@`)
        .replace(urlPassword, `$1${redacted}@`)
        .replace(urlQuery, `$1${redacted}`)
    }
    if (result.includes('--')) {
      result = result.replace(flagAndValue, (match, name: string, space: string) =>
        isSecretName(name) ? `--${name}${space}${redacted}` : match,
      )
    }
    return redactAssignments(result)
  }
}

/** `NAME=value`, `name: value`, `"name": "value"` of secret names. */
function redactAssignments(text: string): string {
  let result = ''
  let copied = 0
  nameAndSeparator.lastIndex = 0
  for (let match = nameAndSeparator.exec(text); match; match = nameAndSeparator.exec(text)) {
    const name = match[1] ?? ''
    const start = nameAndSeparator.lastIndex
    if (!isSecretName(name)) continue
    const toLineEnd = wholeLineNames.has(name.toLowerCase())
    const value = matchAt(quotedValue, text, start) ?? matchAt(toLineEnd ? restOfLine : bareValue, text, start)
    if (value === undefined || notSecret.test(value)) continue
    const quote = /^\\?["']/.exec(value)?.[0] ?? ''
    result += text.slice(copied, start) + quote + redacted + (quote && value.endsWith(quote) ? quote : '')
    copied = start + value.length
    nameAndSeparator.lastIndex = copied
  }
  return copied === 0 ? text : result + text.slice(copied)
}

function matchAt(pattern: RegExp, text: string, index: number): string | undefined {
  pattern.lastIndex = index
  return pattern.exec(text)?.[0]
}
