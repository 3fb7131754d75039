import {messageOf} from '../errors.js'
import {isGatewayGone} from '../supervisor/wire/request-error.js'

/** What the person is told of a request that failed: the gateway's words, with what can be done. */
export function refusedWords(error: unknown): string {
  if (isGatewayGone(error)) return 'the gateway died before it answered: if it was not done, try again'
  const said = messageOf(error)
  // Word for word as the reference says it, to which a client adds the remedy.
  return said === 'session busy' ? 'session busy: try again when the turn is over, or end it by Esc' : said
}
