/** Majors of V8 whose flags were tried: those of Node 22.18 and 24. Another Node might refuse to start with them, or say so. */
const knowing = /^1[23]\./

/** `v8`: default that of this process. */
export function knowsFlags(v8: string = process.versions.v8): boolean {
  return knowing.test(v8)
}
