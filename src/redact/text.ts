import {createMask, redacted} from './mask.js'
import {isSecretName} from './names.js'

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
    'AIza[A-Za-z0-9_-]{10,}',
    'ya29\\.[A-Za-z0-9_-]{16,}',
    '(?:hf|npm|gsk|pplx|tgp|r8)_[A-Za-z0-9]{20,}',
    'xai-[A-Za-z0-9]{20,}',
    // As a provider quotes one that it refuses, cut or starred; without a digit or a star it is two words with a hyphen.
    '(?:sk|pk|rk|gsk|xai|hf|key)[-_](?=[A-Za-z_.-]{0,64}[\\d*])[A-Za-z0-9_*.-]{7,}[A-Za-z0-9_*-]',
    'eyJ[A-Za-z0-9_-]{8,}\\.[A-Za-z0-9_-]{8,}(?:\\.[A-Za-z0-9_-]*)?',
  ].join('|')})`,
  'g',
)
const privateKey = /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|$)/g
const spokenKey = /\b(api key\s*[:=]\s*)[A-Za-z0-9._~+/=*-]{8,}/gi
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

/**
 * Makes a function that takes secrets out of a text: tokens known by their prefix, credentials and
 * tokens in URLs, values of names that say so, the very values that `env` holds under such names
 * (a bare key in an error text has no shape of its own), and `secrets`. Texts keep everything else.
 */
export function createRedactor(env: NodeJS.ProcessEnv = {}, secrets: readonly string[] = []): (text: string) => string {
  const mask = createMask([...secrets, ...secretValues(env)])

  return (text) => {
    let result = mask(text)
    if (result.includes('-----BEGIN')) result = result.replace(privateKey, redacted)
    result = result
      .replace(issuedTokens, redacted)
      .replace(authScheme, `$1$2${redacted}`)
      .replace(spokenKey, `$1${redacted}`)
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

function secretValues(env: NodeJS.ProcessEnv): string[] {
  return Object.entries(env).flatMap(([name, value]) =>
    value !== undefined && isSecretName(name) && !notSecret.test(value) ? [value] : [],
  )
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
