import {createServer} from 'node:http'
import type {AddressInfo} from 'node:net'
import {expand} from './expand.js'
import {SignIn} from './sign-in.js'
import {within} from './within.js'

/** So long a person has to sign in. */
const LOGIN_MS = 5 * 60_000

export interface LoginOptions {
  name: string
  url: string
  headers: Readonly<Record<string, string>>
  env: NodeJS.ProcessEnv
  /** Where sign-ins are kept. */
  folder: string
  /** The person is to open this. */
  show: (url: URL) => void
}

/**
 * Signs in to a server by OAuth: the person is sent to its page, and comes back to an address of this machine that is only
 * there meanwhile. False: it wants none. Throws in words.
 */
export async function login({name, url, headers, env, folder, show}: LoginOptions): Promise<boolean> {
  const library = await import('@modelcontextprotocol/client')
  const back = Promise.withResolvers<URLSearchParams>()
  const listener = createServer((request, response) => {
    const at = new URL(request.url ?? '/', 'http://127.0.0.1')
    const came = at.pathname === '/callback'
    response.writeHead(came ? 200 : 404, {'content-type': 'text/plain; charset=utf-8', connection: 'close'})
    response.end(came ? 'You can close this page and go back to the terminal.\n' : 'There is nothing here.\n')
    if (came) back.resolve(at.searchParams)
  })
  await new Promise<void>((resolve, reject) => listener.once('error', reject).listen(0, '127.0.0.1', resolve))
  try {
    const redirectUrl = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/callback`
    const signIn = SignIn.begin(folder, name, url, {redirectUrl, show})
    const given = Object.entries(headers).map(([key, value]) => [key, expand(value, env, `headers.${key}`)])
    const options = {authProvider: signIn, requestInit: {headers: Object.fromEntries(given)}}
    const transport = new library.StreamableHTTPClientTransport(new URL(url), options)
    const client = new library.Client({name: 'hermes', version: '1'}, {versionNegotiation: {mode: 'auto'}})
    try {
      await client.connect(transport)
      await client.close()
      return false
    } catch (error) {
      if (!signIn.asked) throw error
    }
    const late = `nobody signed in within ${LOGIN_MS / 60_000} minutes`
    const came = await within(LOGIN_MS, late, back.promise)
    if (came.get('state') !== signIn.state()) throw new Error('whoever came back is not who was sent: try again')
    const refused = came.get('error_description') ?? came.get('error')
    if (refused !== null) throw new Error(`signing in was refused: ${refused.slice(0, 200)}`)
    await transport.finishAuth(came)
    await transport.close()
    return true
  } finally {
    listener.close()
    listener.closeAllConnections()
  }
}
