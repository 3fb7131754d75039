/** A user message that began its turn: none that was said to a turn while it ran. */
export function isPrompt({
  role,
  steerId,
  steered,
}: {
  role: string
  /** Of a stored message. */
  steerId?: string | undefined
  /** Of one of the wire. */
  steered?: boolean | undefined
}): boolean {
  return role === 'user' && steerId === undefined && steered !== true
}
