// All tests: files side by side, and after them, one by one, those that load the whole machine. Ends with one line of
// counts. Arguments go to mocha.
import {spawnSync} from 'node:child_process'
import {mkdtempSync, readFileSync, rmSync} from 'node:fs'
import {createRequire} from 'node:module'
import {tmpdir} from 'node:os'
import path from 'node:path'

/** Most tests wait most of the time: on two processors four files leave a tenth of both idle. */
const JOBS = 5

/** Names of files that disturb others, which are then taken for slow. */
const alone = 'test/**/*.alone.test.ts'

const runs = [
  // The longest comes first: nothing is left to wait for when the others are done.
  [
    ...['--parallel', '--jobs', String(JOBS), '--ignore', alone],
    ...['test/soak/*.test.ts', 'test/!(soak)/**/*.test.{ts,tsx}', 'test/*.test.ts'],
  ],
  [alone],
]

const mocha = createRequire(import.meta.url).resolve('mocha/bin/mocha.js')
const directory = mkdtempSync(path.join(tmpdir(), 'hermes-tests-'))
let passed = 0
let failed = 0
/** What needs a program that this machine lacks. */
let skipped = 0
try {
  for (const [index, args] of runs.entries()) {
    const counts = path.join(directory, `${index}.json`)
    const {status, error} = spawnSync(process.execPath, [mocha, ...args, ...process.argv.slice(2)], {
      stdio: 'inherit',
      env: {...process.env, HERMES_TEST_COUNTS: counts},
    })
    if (error) throw error
    const {passes, failures, pending} = countsIn(counts)
    passed += passes
    skipped += pending
    // A run that failed and says of nothing that it did has not come to its end.
    failed += status === 0 ? failures : Math.max(failures, 1)
  }
} finally {
  rmSync(directory, {recursive: true, force: true})
}
process.stdout.write(`${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}\n`)
process.exitCode = failed === 0 ? 0 : 1

/** None were written by a run that broke off. */
function countsIn(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return {passes: 0, failures: 0, pending: 0}
  }
}
