/** Variable of the scratch gateway with the file that names what befalls it. */
export const faultVariable = 'HERMES_DRILL_FAULT'

export type Fault = 'throw' | 'loop' | 'heap' | 'memory'

/** Runs inside the scratch gateway: on SIGUSR2 it comes to grief by itself. Its text is all that gets there. */
function misfortune(file: string, read: (file: string) => string, write: (file: string, text: string) => void): void {
  process.on('SIGUSR2', () => {
    const all: unknown[] = []
    switch (read(file)) {
      case 'throw':
        throw new RangeError('drill')
      case 'loop':
        for (;;);
      case 'heap':
        for (;;) all.push(new Array(1000).fill(Math.random()))
      case 'memory':
        // Nobody else in the group shall be ended in its place.
        write('/proc/self/oom_score_adj', '1000')
        setInterval(() => all.push(Buffer.alloc(16 * 1024 * 1024, 1)), 1)
    }
  })
}

/** Arguments for Node that make a program open to the faults. */
export function faultArguments(): string[] {
  const source = `import {readFileSync, writeFileSync} from 'node:fs'
(${misfortune})(process.env.${faultVariable}, (file) => readFileSync(file, 'utf8'), writeFileSync)`
  return ['--import', `data:text/javascript,${encodeURIComponent(source)}`]
}
