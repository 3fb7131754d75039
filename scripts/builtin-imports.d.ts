export function withoutBuiltinImports(text: string, banner?: string): string
