import type {GatewayHook, HookContext} from 'hermes-chat'
import {type News, newsOfExit, newsOfRecovery, newsOfWaiting} from './news.js'
import {send} from './send.js'
import {readSettings} from './settings.js'

/** How many pieces of news went out, for the slash command: it runs in the same process. */
export const tally = {sent: 0, failed: 0}

let last: Promise<void> = Promise.resolve()

export const onExit: GatewayHook<'gateway:exit'> = function (event) {
  report(this, newsOfExit(event))
}

export const onRecover: GatewayHook<'gateway:recover'> = function (event) {
  report(this, newsOfRecovery(event))
}

/** Also while no terminal is there: hermes runs it then for this alone. */
export const onWaiting: GatewayHook<'session:waiting'> = function (event) {
  report(this, newsOfWaiting(event))
}

/**
 * Starts the sending and returns: a hook has half a second, a webhook may need longer. One after the
 * other, as the recovery is often there before the news of the death has arrived.
 */
function report(context: HookContext, news: News | undefined): void {
  if (!news) return
  last = last
    .then(() => send(news, readSettings(context.config.configDir)))
    .then(
      () => {
        tally.sent += 1
      },
      (error: unknown) => {
        tally.failed += 1
        context.warn(`could not tell of it: ${error instanceof Error ? error.message : String(error)}`)
      },
    )
}
