export interface SoakRun {
  /** For Node. */
  file: string
  args: string[]
  env: Record<string, string>
}

export class UsageError extends Error {}

/** @throws UsageError */
export function runsFor(args: readonly string[]): SoakRun[]
