import type {GatewayConfig} from '../../config/handed-down.js'
import {homeFiles, isSameProcess} from '../../platform.js'
import {inSlices} from '../slices.js'
import type {Store} from '../store/types.js'
import {readMark} from '../tools/command/mark.js'
import {endMarked} from '../tools/command/marked.js'
import {sweepOutputs} from '../tools/command/output-folder.js'

/** Removes outputs that are old or too many, and ends what commands of gateways left that are gone. */
export async function tidyCommands(home: string, store: Store, config: () => Promise<GatewayConfig>): Promise<void> {
  await endOrphans(store)
  await sweepKeptOutputs(home, config)
}

export async function sweepKeptOutputs(home: string, config: () => Promise<GatewayConfig>): Promise<void> {
  const {values} = await config()
  const limits = {
    totalBytes: values['tools.keptOutputsMb'] * 1024 * 1024,
    keptMs: values['tools.keptOutputDays'] * 24 * 3_600_000,
  }
  await inSlices(sweepOutputs(homeFiles(home).outputs, limits, Date.now()))
}

/** Of sessions of this store alone: another home's gateways end their own. */
export async function endOrphans(store: Pick<Store, 'session'>): Promise<number> {
  const isOrphan = (mark: string) => {
    const of = readMark(mark)
    return of !== undefined && !isSameProcess(of) && store.session(of.key) !== undefined
  }
  // They had their time when their gateway died.
  return endMarked(isOrphan, Promise.resolve())
}
