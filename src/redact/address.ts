/** The address without user, password, query and fragment. */
export function safeAddress(address: string): string {
  if (!URL.canParse(address)) return address.replace(/\/\/[^/@]*@/, '//').replace(/[?#].*$/, '')
  const {protocol, host, pathname} = new URL(address)
  return `${protocol}//${host}${pathname.replace(/\/$/, '')}`
}
