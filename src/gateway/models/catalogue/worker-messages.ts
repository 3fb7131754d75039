import type {ModelFacts} from './types.js'

export interface CatalogueQuestion {
  /** Whose model it is by the kind of its provider, as the catalogue names it; its prices then are not meant. */
  provider?: string
  /** Address of the API. */
  address?: string
  model: string
}

/** In the order of the questions; null: it knows no such model. */
export type CatalogueAnswer = (ModelFacts | null)[]
