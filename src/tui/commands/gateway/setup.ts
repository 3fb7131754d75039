/**
 * What a gateway lacks before it can answer its first prompt (`setup.status`), as a line for the person; undefined if
 * nothing does or it cannot tell. Never rejects.
 */
export async function missingSetup(
  request: (method: string) => Promise<Record<string, unknown>>,
): Promise<string | undefined> {
  try {
    const {provider_configured: configured} = await request('setup.status')
    return configured === false
      ? 'this gateway has no model provider yet: `hermes setup` of Hermes Agent chooses one, then /restart'
      : undefined
  } catch {
    return undefined
  }
}
