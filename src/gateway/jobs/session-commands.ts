import {mkdirSync} from 'node:fs'
import type {Gateway} from '../gateway.js'
import {mintLiveId} from '../ids.js'
import type {LiveSession} from '../session/live-session.js'
import {markOfSession} from '../tools/command/mark.js'
import type {OutputPlace} from '../tools/command/output-file.js'
import {outputFileOf, outputFolder} from '../tools/command/output-folder.js'

/** What a session's command left running has so long after SIGTERM, milliseconds. */
const GRACE_MS = 40

/** The mark and the file of output of a command that is about to run. */
export function commandPlace(
  gateway: Gateway,
  session: LiveSession,
  {turnId, toolId, maxBytes}: {turnId: number; toolId: string; maxBytes: number},
): {mark: string; keep: OutputPlace} {
  const {home, self} = gateway
  const folder = outputFolder(home, session.key)
  if (!session.ranCommands) makeFolder(folder)
  session.ranCommands = true
  const file = outputFileOf(folder, turnId, toolId)
  const onKept = () => void sweepKept(gateway).catch(() => {})
  return {mark: `${markOfSession(self, session.key)}${mintLiveId()}`, keep: {file, maxBytes, onKept}}
}

/** Ends what commands of the session left running in this process's time. Never rejects. */
export async function endCommands({self}: Gateway, session: LiveSession): Promise<void> {
  if (!session.ranCommands) return
  const {endMarked} = await import('../tools/command/marked.js')
  const prefix = markOfSession(self, session.key)
  await endMarked((mark) => mark.startsWith(prefix), new Promise((resolve) => setTimeout(resolve, GRACE_MS)))
}

async function sweepKept({home, services}: Pick<Gateway, 'home' | 'services'>): Promise<void> {
  const {sweepKeptOutputs} = await import('./tidy.js')
  await sweepKeptOutputs(home, () => services.config())
}

/** It is what tells the next gateways that there may be something to tidy. */
function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, {recursive: true, mode: 0o700})
  } catch {
    // Each command says why its output is not kept.
  }
}
