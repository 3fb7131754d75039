/** How a gateway ends: by itself with an exit code, or as the signal would that it was sent. */
export type GatewayEnd = {kind: 'exit'; code: number; reason: string} | {kind: 'signal'; signal: NodeJS.Signals}
