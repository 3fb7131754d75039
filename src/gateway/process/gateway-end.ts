/** How a gateway ends: by itself with an exit code, or as the signal would that it was sent. */
export type GatewayEnd = {kind: 'exit'; code: number; reason: string} | {kind: 'signal'; signal: NodeJS.Signals}

/** Its sessions are over: no other gateway takes its place. Where that is not known, nobody says so. */
export function endsSessions(end: GatewayEnd): boolean {
  return wasAsked(end) && end.kind === 'exit' && !end.reason.includes('(replace)')
}

/** Somebody asked it to end by the protocol, and knows what becomes of what runs. */
export function wasAsked(end: GatewayEnd): boolean {
  return end.kind === 'exit' && end.reason.startsWith('shutdown requested')
}
