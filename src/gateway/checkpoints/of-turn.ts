import {realpathSync} from 'node:fs'
import {homeFiles} from '../../platform.js'
import type {Gateway} from '../gateway.js'
import type {LiveSession} from '../session/live-session.js'
import type {Store} from '../store/types.js'
import type {ToolContext} from '../tools/types.js'
import type {Recorder, TurnRecorder} from './recorder.js'

/** How often what is too old or too much is swept, at most, milliseconds. */
const SWEEP_MS = 600_000

/** Keeps what files were before a turn's acts. Nothing is loaded before the first one. */
export function turnCheckpoint(
  gateway: Gateway,
  session: LiveSession,
  store: Store,
  turnId: number,
): NonNullable<ToolContext['checkpoint']> {
  const recorder = async (): Promise<TurnRecorder | undefined> => {
    const made = await recorderOf(gateway, session, store).catch(() => undefined)
    if (made) sweepSoon(gateway, session, store)
    return made?.ofTurn(turnId)
  }
  return {
    beforeWrite: async (real, content) => (await recorder())?.beforeWrite(real, content) ?? nothing,
    beforeCommand: async (signal) => (await recorder())?.beforeCommand(signal) ?? nothing,
  }
}

const nothing = async () => {}

/** Undefined: they are switched off. */
export async function recorderOf(gateway: Gateway, session: LiveSession, store: Store): Promise<Recorder | undefined> {
  const {values} = await gateway.services.config()
  if (!values['checkpoints.enabled']) return undefined
  session.recorder ??= (async () => {
    const [{Recorder}, workspace] = await Promise.all([import('./recorder.js'), session.permissions.workspace()])
    return new Recorder({
      sessionKey: session.key,
      rows: store.checkpoints,
      folder: homeFiles(gateway.home).checkpoints,
      home: realpathSync(gateway.home),
      workspace,
      bounds: {
        maxMb: values['checkpoints.maxMb'],
        days: values['checkpoints.days'],
        maxFileMb: values['checkpoints.maxFileMb'],
        maxFiles: values['checkpoints.maxFiles'],
      },
      tell: (text) => gateway.emit(session.id, 'status.update', {kind: 'warn', text}),
    })
  })()
  return session.recorder
}

function sweepSoon(gateway: Gateway, session: LiveSession, store: Store): void {
  if (Date.now() - session.sweptAt < SWEEP_MS) return
  session.sweptAt = Date.now()
  const work = async () => {
    const [{sweepCheckpoints}, {values}] = await Promise.all([import('./recorder.js'), gateway.services.config()])
    await sweepCheckpoints(store.checkpoints, homeFiles(gateway.home).checkpoints, {
      maxMb: values['checkpoints.maxMb'],
      days: values['checkpoints.days'],
    })
  }
  // One of the next turns tries again.
  work().catch(() => {})
}
