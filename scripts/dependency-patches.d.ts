import type {Plugin} from 'esbuild'

export const narrow: string
export const dependencyPatches: Plugin
