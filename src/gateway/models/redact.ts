/** The address without user, password, query and fragment. */
export function safeAddress(address: string): string {
  if (!URL.canParse(address)) return address.replace(/\/\/[^/@]*@/, '//').replace(/[?#].*$/, '')
  const {protocol, host, pathname} = new URL(address)
  return `${protocol}//${host}${pathname.replace(/\/$/, '')}`
}

/** Takes known secrets and whatever looks like a key out of a text. */
export function redact(text: string, secrets: readonly string[]): string {
  let clean = text
  // Short values (a header that says `1`) would turn the message into stars.
  for (const secret of secrets) if (secret.length >= 6) clean = clean.replaceAll(secret, '***')
  return clean
    .replace(/\b(sk|pk|rk|gsk|xai|hf|key)[-_][A-Za-z0-9_*.-]{8,}/g, '***')
    .replace(/\bAIza[A-Za-z0-9_-]{10,}/g, '***')
    .replace(/\b(bearer|x-api-key[:=]|api[-_ ]key[:=])\s*[A-Za-z0-9._~+/=-]{8,}/gi, '$1 ***')
    .replace(/(\/\/)[^/\s:@]+:[^/\s@]+@/g, '$1')
}
