/** What commands depend on, and what is another one in another terminal. */
export const comparedVariables = ['PATH', 'SSH_AUTH_SOCK', 'DISPLAY', 'WAYLAND_DISPLAY'] as const

/** A fingerprint for each that is set: enough to tell two values apart, and not to tell what they are. */
export function fingerprints(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(
    comparedVariables.flatMap((name) => {
      const value = env[name]
      return value ? [[name, fingerprint(value)]] : []
    }),
  )
}

/** Names of those that differ. */
export function differing(there: Readonly<Record<string, unknown>>, here: NodeJS.ProcessEnv): string[] {
  const ours = fingerprints(here)
  return comparedVariables.filter((name) => there[name] !== ours[name])
}

/** FNV-1a over 32 bits; `node:crypto` takes 5 ms to load. */
function fingerprint(text: string): string {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193)
  return (hash >>> 0).toString(16).padStart(8, '0')
}
