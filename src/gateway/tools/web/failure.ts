import {errnoOf, messageOf} from '../../../errors.js'
import {FetchProblem} from './request.js'

const systemErrors: Readonly<Record<string, string>> = {
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'its name could not be looked up; there may be no network',
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  ETIMEDOUT: 'it does not answer',
  EHOSTUNREACH: 'it can not be reached',
  ENETUNREACH: 'there is no network that leads to it',
  HPE_HEADER_OVERFLOW: 'its headers are too long',
  ERR_STREAM_PREMATURE_CLOSE: 'the connection was cut',
}

/** What a model and a person are told of a fetch that failed. */
export function wordsOf(error: unknown, {host}: URL): string {
  if (error instanceof FetchProblem) return error.message
  const code = errnoOf(error)
  const known = code !== undefined && Object.hasOwn(systemErrors, code) ? systemErrors[code] : undefined
  if (known) return `${host}: ${known} (${code})`
  if (code?.startsWith('HPE_')) return `${host}: its answer is no HTTP (${code})`
  if (code?.startsWith('Z_') || code?.startsWith('ERR_BROTLI'))
    return `${host}: its answer can not be unpacked (${code})`
  return `${host}: ${messageOf(error)}`
}
