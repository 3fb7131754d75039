import type {BenchSettings, Measure} from '../helpers/measure.js'
import {findOnPath, versionOf} from './found.js'
import {type Found, killInReply, PATIENCE} from './kill.js'
import {NotMeasured} from './person.js'
import {type Program, programs} from './programs.js'
import {Stages} from './stage.js'
import {type Result, renderResults} from './table.js'

/**
 * The same kill for hermes and for whatever else is on the PATH: in the middle of a reply, with a prompt queued and
 * another one typed. First the process that talks to the model is killed; where the program lives on, all of it in a
 * second run. It is started again as it says itself, in a new terminal; what that shows was kept.
 */
export const peers: Measure = {
  name: 'peers',
  byNameOnly: true,
  async run(settings) {
    const stages = new Stages()
    const stop = endOnSignal(stages)
    try {
      const results: Result[] = []
      for (const program of programs) results.push(await measured(program, stages, settings))
      settings.report({text: renderResults(results, PATIENCE), data: results})
    } finally {
      stop()
      await stages.close()
    }
    return []
  },
}

async function measured(program: Program, stages: Stages, {progress}: BenchSettings): Promise<Result> {
  const {name} = program
  const {file, unusable} = program.own ? {} : findOnPath(name, process.env.PATH ?? '')
  if (unusable !== undefined) return {program: name, not: `not measured: ${unusable} may not be run`, outcomes: []}
  const command = program.own ?? (file === undefined ? undefined : [file])
  if (command === undefined) return {program: name, not: 'not on the PATH', outcomes: []}
  const result: Result & {outcomes: Result['outcomes'][number][]} = {program: name, outcomes: []}
  try {
    progress(`peers: ${name}`)
    result.version = await stages.use(({home}) => versionOf(command, home))
    const found: Found = {program, command}
    const first = await killInReply(found, 'connected', stages)
    result.outcomes.push(first)
    if (first.end !== 'ended') result.outcomes.push(await killInReply(found, 'all', stages))
  } catch (error) {
    if (!(error instanceof NotMeasured)) throw error
    result.not = `not measured: ${error.message}`
  }
  return result
}

/** Ctrl+C reaches no program in a terminal of its own: all that runs is ended here. */
function endOnSignal(stages: Stages): () => void {
  const end = (signal: NodeJS.Signals) => {
    process.stderr.write('\n  peers: ending what runs\n')
    void stages.close().finally(() => process.exit(signal === 'SIGINT' ? 130 : 143))
  }
  process.on('SIGINT', end).on('SIGTERM', end).on('SIGHUP', end)
  return () => void process.off('SIGINT', end).off('SIGTERM', end).off('SIGHUP', end)
}
