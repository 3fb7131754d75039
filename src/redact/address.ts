import {redacted} from './mask.js'

/** The address without user, password, query and fragment. */
export function safeAddress(address: string): string {
  if (!URL.canParse(address)) return address.replace(/\/\/[^/@]*@/, '//').replace(/[?#].*$/, '')
  const {protocol, host, pathname} = new URL(address)
  return `${protocol}//${host}${pathname.replace(/\/$/, '')}`
}

/** A user without a password is seldom a token but in an address of the web: `ssh://git@host` stays. */
const webUser = /\b(https?:\/\/)[^\s/?#@"'<>]{1,512}@/gi
const withPassword = /\b([a-z][a-z0-9+.-]{0,15}:\/\/)[^\s/?#:@"'<>]{0,128}:[^\s/?#@"'<>]{1,512}@/gi
/** The rest of one that was cut off. */
const cutAddress = /\b([a-z][a-z0-9+.-]{0,15}:\/\/)[^\s/?#:@"'<>]{0,128}:(?!\d{1,5}\n)[^\s/?#@"'<>]{1,512}(?=\n… \[)/gi

/** What a command printed, without user and password in addresses: `git remote -v` shows the token of a clone. */
export function maskAddresses(text: string): string {
  if (!text.includes('://')) return text
  return text
    .replace(webUser, `$1${redacted}@`)
    .replace(withPassword, `$1${redacted}@`)
    .replace(cutAddress, `$1${redacted}`)
}
