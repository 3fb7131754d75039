const {reporters} = require('mocha')

/** Dots, mocha's own report of failures, and one closing line that a person or a script can read. */
module.exports = class ClosingLine extends reporters.Dot {
  constructor(runner, options) {
    super(runner, options)
    runner.once('end', () => {
      const {passes = 0, failures = 0} = this.stats
      process.stdout.write(`${passes} passed, ${failures} failed\n`)
    })
  }
}
