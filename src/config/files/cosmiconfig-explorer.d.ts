/** The part of cosmiconfig below its entry point, whose own declarations leave it out. */
declare module 'cosmiconfig/dist/Explorer.js' {
  import type {Options, PublicExplorer} from 'cosmiconfig'

  export const Explorer: new (
    options: Omit<Options, 'stopDir' | 'packageProp'> & {moduleName: string; metaConfigFilePath: string | null},
  ) => PublicExplorer
}
