import {register} from 'tsx/esm/api'

// The test tsconfig includes test/, so that tsx compiles JSX there too.
process.env.NODE_ENV = 'test'
register({tsconfig: new URL('./tsconfig.json', import.meta.url).pathname})
