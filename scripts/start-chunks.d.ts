export interface BuiltFile {
  file: string
  bytes: number
  entryPoint?: string
  needs: string[]
}

export function groupsOf(
  files: Record<string, BuiltFile>,
  terms: {stages: {name: string; entries: string[]}[]; light: Record<string, string[]>},
): Map<string, string>

export function namesOf(files: string[]): Map<string, string>
