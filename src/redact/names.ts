const secretWord =
  /(?:token|secrets?|passwords?|apikeys?)$|^(?:passwd|pwd|passphrase|credentials?|authorization|cookies?)$/
/** The shell's working directories, in the environment of every process; `pwd` elsewhere means a password. */
const workingDirectories = new Set(['PWD', 'OLDPWD'])
const keyQualifiers = new Set(['api', 'access', 'secret', 'private', 'signing', 'encryption', 'auth', 'master'])

/** Whether a variable, field, header or flag of this name holds a secret: `OPENAI_API_KEY`, `clientSecret`, `x-goog-key`. */
export function isSecretName(name: string): boolean {
  if (workingDirectories.has(name)) return false
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[_.-]+/)
  if (words.some((word) => secretWord.test(word))) return true
  if (!words.includes('key')) return false
  return words.some((word) => keyQualifiers.has(word)) || /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*_KEY$|^x-.*key$/i.test(name)
}
