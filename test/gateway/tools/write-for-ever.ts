import {createTools} from '../../../src/gateway/tools/index.js'
import type {ToolContext} from '../../../src/gateway/tools/types.js'

/** Run as a program of its own: writes one file again and again, in turns with two contents, and says that it began. */
const [, , cwd = ''] = process.argv
const tool = (wanted: string) => {
  const found = createTools().find(({name}) => name === wanted)
  if (!found) throw new Error(`there is no tool ${wanted}`)
  return found
}
const context: ToolContext = {
  cwd,
  env: {},
  signal: new AbortController().signal,
  permit: async () => ({allowed: true}),
  reads: new Map(),
  clarify: async () => '',
  searchSessions: () => [],
}
const write = tool('write_file')
await tool('read_file').run({path: 'a'}, context)
for (let count = 1; ; count++) {
  const {error} = await write.run({path: 'a', content: (count % 2 ? 'b' : 'a').repeat(200_000)}, context)
  if (error) throw new Error(String(error))
  if (count === 1) process.stdout.write('writes\n')
}
