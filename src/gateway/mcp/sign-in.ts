import {randomBytes} from 'node:crypto'
import {chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import type {
  OAuthClientMetadata,
  OAuthClientProvider,
  OAuthDiscoveryState,
  StoredOAuthClientInformation,
  StoredOAuthTokens,
} from '@modelcontextprotocol/client'

interface Kept {
  /** Of whom it is: what is kept for another address is none. */
  url: string
  redirectUrl: string
  client?: StoredOAuthClientInformation
  tokens?: StoredOAuthTokens
}

/** Where the person can be sent to sign in, and comes back to. */
export interface Interaction {
  redirectUrl: string
  show: (url: URL) => void
}

export const signInFile = (folder: string, server: string) => path.join(folder, `${server}.json`)

/**
 * What signing in to a server brought, in a file of its own (0600). Without an interaction it is used and renewed; where that
 * does not do, it throws with the command that signs in.
 */
export class SignIn implements OAuthClientProvider {
  readonly #file: string
  readonly #server: string
  readonly #interaction: Interaction | undefined
  readonly #state = randomBytes(16).toString('base64url')
  #kept: Kept
  #verifier = ''
  #discovered: OAuthDiscoveryState | undefined
  /** The person was sent to sign in. */
  asked = false

  private constructor(file: string, server: string, kept: Kept, interaction: Interaction | undefined) {
    this.#file = file
    this.#server = server
    this.#kept = kept
    this.#interaction = interaction
  }

  /** Undefined where nobody has signed in to that address. */
  static kept(folder: string, server: string, url: string): SignIn | undefined {
    const file = signInFile(folder, server)
    if (!existsSync(file)) return undefined
    try {
      const kept: Kept = JSON.parse(readFileSync(file, 'utf8'))
      return kept.url === url && kept.tokens ? new SignIn(file, server, kept, undefined) : undefined
    } catch {
      return undefined
    }
  }

  /** Anew: nothing that was kept before is used. */
  static begin(folder: string, server: string, url: string, interaction: Interaction): SignIn {
    const {redirectUrl} = interaction
    return new SignIn(signInFile(folder, server), server, {url, redirectUrl}, interaction)
  }

  get redirectUrl(): string {
    return this.#kept.redirectUrl
  }

  get clientMetadata(): OAuthClientMetadata {
    return {
      client_name: 'hermes',
      redirect_uris: [this.#kept.redirectUrl],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
    }
  }

  state(): string {
    return this.#state
  }

  clientInformation(): StoredOAuthClientInformation | undefined {
    return this.#kept.client
  }

  saveClientInformation(client: StoredOAuthClientInformation): void {
    this.#keep({client})
  }

  tokens(): StoredOAuthTokens | undefined {
    return this.#kept.tokens
  }

  saveTokens(tokens: StoredOAuthTokens): void {
    this.#keep({tokens})
  }

  redirectToAuthorization(url: URL): void {
    if (!this.#interaction) throw new Error(signInWords(this.#server))
    this.asked = true
    this.#interaction.show(url)
  }

  saveCodeVerifier(verifier: string): void {
    this.#verifier = verifier
  }

  codeVerifier(): string {
    return this.#verifier
  }

  /** By whom the person was sent away: nobody else's code is taken when they come back. */
  saveDiscoveryState(discovered: OAuthDiscoveryState): void {
    this.#discovered = discovered
  }

  discoveryState(): OAuthDiscoveryState | undefined {
    return this.#discovered
  }

  invalidateCredentials(scope: 'all' | 'client' | 'tokens' | 'verifier' | 'discovery'): void {
    const {client, tokens, ...rest} = this.#kept
    if (scope === 'all' || scope === 'discovery') this.#discovered = undefined
    if (scope === 'all') this.#kept = rest
    else if (scope === 'tokens') this.#kept = {...rest, ...(client ? {client} : {})}
    else if (scope === 'client') this.#kept = {...rest, ...(tokens ? {tokens} : {})}
  }

  /** Kept only with tokens: what was begun and not ended is nothing. */
  #keep(more: Partial<Kept>): void {
    this.#kept = {...this.#kept, ...more}
    if (!this.#kept.tokens) return
    const draft = `${this.#file}.${process.pid}.tmp`
    try {
      mkdirSync(path.dirname(this.#file), {recursive: true, mode: 0o700})
      writeFileSync(draft, `${JSON.stringify(this.#kept, null, 2)}\n`, {mode: 0o600})
      chmodSync(draft, 0o600)
      renameSync(draft, this.#file)
    } catch (error) {
      rmSync(draft, {force: true})
      throw error
    }
  }
}

export const signInWords = (server: string) => `it wants you to sign in: hermes mcp login ${server}`
