import {HermesError} from '../errors.js'
import type {Store} from '../gateway/store/types.js'

/** A home on a read-only disk, or of somebody else, can be looked at all the same. */
export async function openWhatCanBeRead(database: string): Promise<Store> {
  const {openStore, openStoreForReading} = await import('../gateway/store/index.js')
  try {
    return openStore(database)
  } catch (error) {
    if (!(error instanceof HermesError) || error.code !== 'store/read-only') throw error
    return openStoreForReading(database)
  }
}
