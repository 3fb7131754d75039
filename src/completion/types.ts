export interface Candidate {
  value: string
  description: string
}

/** What may stand where the cursor is; `files` and `folders` are for the shell, which knows them better. */
export type Candidates = readonly Candidate[] | 'files' | 'folders'

export type ValueKind = 'models' | 'sessions' | 'settings' | 'deaths' | 'plugins'

/** What a person may mean, by kind; each is asked for only where it counts. `begun`: how the word begins. */
export type Values = (kind: ValueKind, begun: string) => Promise<readonly Candidate[]>
