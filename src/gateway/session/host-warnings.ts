import {domainToUnicode} from 'node:url'

/** What there is to know of an address's host before it is asked. The screen marks letters that look like others. */
export function hostWarnings(address: string): string[] {
  const {hostname} = new URL(address)
  const written = domainToUnicode(hostname)
  return written === '' || written === hostname ? [] : [`${hostname} is written with other letters: ${written}`]
}
