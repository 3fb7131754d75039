import type {Plugin} from 'esbuild'

export const narrow: string
export const alone: string
export const dependencyPatches: Plugin
