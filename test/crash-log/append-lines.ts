import {createCrashLog} from '../../src/crash-log/index.js'

// append-lines.ts PATH WRITER COUNT MAX_BYTES FILES
const [file = '', writer = '', count = '0', maxBytes = '0', files = '0'] = process.argv.slice(2)
const log = createCrashLog({
  path: file,
  maxBytes: Number(maxBytes),
  files: Number(files),
  writer: 'gateway',
  env: {},
  onFailure: (message) => {
    process.stderr.write(`${message}\n`)
    process.exitCode = 1
  },
})
// All begin at once: the parent says when.
process.stdout.write('ready\n')
process.stdin.once('data', () => {
  for (let number = 0; number < Number(count); number += 1) {
    log.write({
      time: Date.now(),
      event: 'line',
      fields: [
        ['writer', writer],
        ['n', number],
        ['text', 'x'.repeat(number % 97)],
      ],
    })
  }
  log.close()
  process.stdin.destroy()
})
