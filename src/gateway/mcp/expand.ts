/**
 * `${NAME}` and `${NAME:-default}` replaced by variables of the environment. Throws in words where one is not there, with
 * `place`, as `env.TOKEN`.
 */
export function expand(text: string, env: NodeJS.ProcessEnv, place: string): string {
  return text.replace(/\$\{([A-Za-z_]\w*)(?::-([^}]*))?\}/g, (_, name: string, fallback?: string) => {
    const value = env[name] || fallback
    if (value === undefined) throw new Error(`${place} names \${${name}}, which is not in the environment`)
    return value
  })
}
