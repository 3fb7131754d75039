export function withoutBuiltinImports(text: string, banner?: string): string
export function withoutBuiltinCopies(text: string): string
