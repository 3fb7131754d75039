import type {SessionConfigOption} from '@agentclientprotocol/sdk'
import {RpcError} from '../../gateway/rpc-error.js'
import {errorCodes} from '../../protocol/frames.js'

/** A choice of the agent's, such as its model: what may be chosen, and what is. */
export function optionOf(option: SessionConfigOption) {
  const {id, currentValue, options} = option as Extract<SessionConfigOption, {type: 'select'}>
  const all = options.flatMap((one) => ('group' in one ? one.options : [one]))
  return {id, current: String(currentValue), all: all.map(({value, name}) => ({value, name}))}
}

/** What a person means by a value, its name, or `provider/value`. Throws an RpcError that names what there is. */
export function chosenOf(all: readonly {value: string; name: string}[], wanted: string, what: string): string {
  const bare = wanted.includes('/') ? wanted.slice(wanted.indexOf('/') + 1) : wanted
  const found = all.find(({value, name}) => [wanted, bare].some((word) => value === word || name === word))
  if (found) return found.value
  const names = all.map(({value}) => value).join(', ')
  throw new RpcError(errorCodes.badValue, `no ${what} is called ${wanted}: ${names}`)
}
