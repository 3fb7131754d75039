const {writeFileSync} = require('node:fs')
const {relative} = require('node:path')
const {reporters} = require('mocha')

/**
 * Dots, mocha's own report of failures, and one closing line that a person or a script can read. One of several runs
 * leaves its counts in the file HERMES_TEST_COUNTS instead of the line.
 */
module.exports = class ClosingLine extends reporters.Dot {
  constructor(runner, options) {
    super(runner, options)
    runner.on('fail', (test, error) => {
      // Of a file that could not be loaded or ended its process: no test tells where it is.
      if (error?.file) test.title = `${test.title}, in ${relative('', error.file)}`
    })
    runner.once('end', () => {
      const {passes = 0, failures = 0, pending = 0} = this.stats
      const counts = process.env.HERMES_TEST_COUNTS
      if (counts) writeFileSync(counts, JSON.stringify({passes, failures, pending}))
      else process.stdout.write(`${passes} passed, ${failures} failed${pending ? `, ${pending} skipped` : ''}\n`)
    })
  }
}
