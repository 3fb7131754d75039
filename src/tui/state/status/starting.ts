export type StatusTone = 'good' | 'busy' | 'warn' | 'error'

export interface Status {
  tone: StatusTone
  text: string
}

/** Until there is a gateway, and a session in it. */
export const starting: Status = {tone: 'warn', text: 'starting…'}
