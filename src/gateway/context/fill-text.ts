import {windowOf} from '../compaction/room.js'
import {tokensOfFixed, tokensOfMessage, tokensOfText} from '../compaction/tokens.js'
import {shortCount} from '../compaction/told.js'
import type {Gateway} from '../gateway.js'
import type {LiveSession} from '../session/live-session.js'
import {toModelMessages} from '../turn/history.js'
import {requestFrame} from '../turn/prepare.js'

/** For the person: how full the context of the model is, and of what. The parts are estimated by their length. */
export async function fillText(gateway: Gateway, session: LiveSession): Promise<string> {
  const {model, system, tools} = await requestFrame(gateway, session)
  await model.learned
  const max = windowOf(gateway.services.namedWindows, model)
  const store = await gateway.services.store()
  const {compaction, rows} = store.context(session.key)
  const estimated = {
    instructions: tokensOfText(system),
    tools: tokensOfFixed({system: '', tools}),
    conversation: toModelMessages(rows, compaction).reduce((sum, message) => sum + tokensOfMessage(message), 0),
  }
  const scaled = Object.entries(estimated).map(
    ([part, tokens]) => [part, Math.ceil(tokens * session.scale.value)] as const,
  )
  const counted = session.context?.model === model.id ? session.context.used : undefined
  const used = counted ?? scaled.reduce((sum, [, tokens]) => sum + tokens, 0)
  const filled = max === undefined ? '' : ` of ${shortCount(max)}`
  const percent = max === undefined ? ', window not known' : ` (${Math.round((used / max) * 100)} %)`
  return [
    'Context',
    `  ${counted === undefined ? '~' : ''}${shortCount(used)}${filled} tokens${percent}`,
    `  ${scaled.map(([part, tokens]) => `${part} ~${shortCount(tokens)}`).join(' · ')}`,
  ].join('\n')
}
