import type {Gateway} from '../gateway.js'
import {endCommands} from '../jobs/session-commands.js'
import {lineOf} from '../rpc-error.js'
import {isTheirs, releaseSession} from '../session/ownership/ownership.js'
import {CUT_OFF} from '../store/sessions.js'

/** How long requests that were read already may take to be answered, milliseconds. */
const ANSWER_GRACE_MS = 30

/** How long turns may take to end by themselves, milliseconds. The process is to be gone within 100 of its stdin. */
const TURN_GRACE_MS = 40

/** How long the client may take to read what is left, milliseconds. */
const FLUSH_MS = 30

/**
 * The gateway's last bookkeeping, once what was asked is `answered`: turns are closed as interrupted with all that was
 * shown, what they ask the person stays asked, sessions are ended and given back. `asked`: it was asked to end, else what
 * ran was cut off. `over`: the sessions go on nowhere, so that their jobs end too; else who minds them finds that out. Never throws; what fails is said on stderr.
 */
export async function closeGateway(
  gateway: Gateway,
  answered: Promise<void>,
  {asked, over}: {asked: boolean; over: boolean},
): Promise<void> {
  await Promise.race([answered, delay(ANSWER_GRACE_MS)])
  const sessions = [...gateway.sessions.values()]
  const working = new Set(sessions.filter(({turn}) => turn))
  for (const session of sessions) session.suspend()
  gateway.mcp.close()
  const turns = Promise.all(sessions.map((session) => session.turnDone))
  await Promise.race([turns, delay(TURN_GRACE_MS)])
  const commands = Promise.all(sessions.map((session) => endCommands(gateway, session)))
  const store = gateway.services.openedStore
  const attempt = (act: () => void) => {
    try {
      act()
    } catch (error) {
      gateway.diagnose(`[gateway-exit] not stored: ${lineOf(error)}`)
    }
  }
  for (const session of sessions) {
    attempt(() => session.settleNow())
    attempt(() => {
      if (over && store && !isTheirs(gateway, store, session.key)) session.jobs?.end()
    })
    if (!store || !session.stored) continue
    const reason = working.has(session) && !asked ? CUT_OFF : 'tui_shutdown'
    attempt(() => {
      // Who stayed without a terminal may end long after another one has gone on.
      if (!isTheirs(gateway, store, session.key)) store.endSession(session.key, reason)
    })
    attempt(() => releaseSession(gateway, store, session.key))
  }
  await commands.catch(() => {})
  if (store) attempt(() => store.close())
  await gateway.writer.flush(FLUSH_MS)
}

function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}
