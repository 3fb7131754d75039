import fc from 'fast-check'
import {register} from 'tsx/esm/api'

// The test tsconfig includes test/, so that tsx compiles JSX there too.
process.env.NODE_ENV = 'test'
register({tsconfig: new URL('./tsconfig.json', import.meta.url).pathname})

// How often a property is tried that says no number itself; all of them are for `npm run soak`.
fc.configureGlobal({numRuns: process.env.HERMES_TEST_THOROUGH === '1' ? 100 : 25})
