// Scores our MCP client by the official conformance suite, and fails where it has become less than the baseline.
// --write: what it is now becomes the baseline. The suite is brought by `npm exec`: the first run needs the network.
import {spawn} from 'node:child_process'
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import path from 'node:path'
import {build} from 'esbuild'

/** Of each suite: what it is asked for. 52 MB with all that they need, so they are no dependencies of ours. */
const suites = [
  {version: '0.1.16', args: ['--suite', 'all'], one: []},
  {version: '0.2.0-alpha.12', args: ['--requirements', '2026-07-28'], one: ['--spec-version', '2026-07-28']},
]

const baselineFile = path.join(import.meta.dirname, 'mcp.json')

/** Checks that pass and that fail, by scenario. */
type Score = Record<string, {passed: number; failed: number}>

async function scoreOf({version, args}: (typeof suites)[number], client: string, folder: string): Promise<Score> {
  const suite = [
    'exec',
    '--yes',
    `--package=@modelcontextprotocol/conformance@${version}`,
    '--',
    'conformance',
    'client',
  ]
  const options = ['--command', `${process.execPath} ${client}`, '--timeout', '60000', '-o', path.join(folder, version)]
  const output = await outputOf('npm', [...suite, ...options, ...args])
  const lines = [...output.matchAll(/^[✓✗] (\S+): (\d+) passed, (\d+) failed/gmu)]
  if (lines.length === 0) throw new Error(`conformance ${version} told no score:\n${output.slice(-2000)}`)
  const scores = lines.map(([, name = '', passed, failed]) => [name, {passed: Number(passed), failed: Number(failed)}])
  return Object.fromEntries(scores.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)))
}

/** Checks that pass in one scenario alone: a suite runs all of its own at once, and on a busy machine some are late. */
async function passedAlone({version, one}: (typeof suites)[number], name: string, client: string, folder: string) {
  const suite = [
    'exec',
    '--yes',
    `--package=@modelcontextprotocol/conformance@${version}`,
    '--',
    'conformance',
    'client',
  ]
  const options = ['--command', `${process.execPath} ${client}`, '--timeout', '60000', '-o', path.join(folder, 'alone')]
  const output = await outputOf('npm', [...suite, ...options, '--scenario', name, ...one])
  return Number(/^Passed: (\d+)\/\d+/m.exec(output)?.[1] ?? 0)
}

function outputOf(command: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {stdio: ['ignore', 'pipe', 'pipe']})
    let output = ''
    child.stdout.on('data', (chunk) => {
      output += chunk
    })
    child.stderr.on('data', (chunk) => {
      output += chunk
    })
    child.on('error', reject)
    child.on('close', () => resolve(output))
  })
}

const folder = mkdtempSync(path.join(tmpdir(), 'hermes-mcp-conformance-'))
try {
  const client = path.join(folder, 'client.mjs')
  await build({
    entryPoints: [path.join(import.meta.dirname, 'mcp-client.ts')],
    outfile: client,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'warning',
    banner: {
      js: "import {createRequire as __createRequire} from 'node:module';const require = __createRequire(import.meta.url);",
    },
  })
  const scores: Record<string, Score> = {}
  for (const suite of suites) scores[suite.version] = await scoreOf(suite, client, folder)
  if (process.argv.includes('--write')) writeFileSync(baselineFile, `${JSON.stringify(scores, null, 2)}\n`)
  const baseline: Record<string, Score> = JSON.parse(readFileSync(baselineFile, 'utf8'))
  let fallen = 0
  for (const suite of suites) {
    const {version} = suite
    const score = scores[version] ?? {}
    const all = Object.values(score)
    const whole = all.filter(({failed}) => failed === 0).length
    const checks = all.reduce((sum, {passed}) => sum + passed, 0)
    console.log(`conformance ${version}: ${whole} of ${all.length} scenarios, ${checks} checks pass`)
    for (const [name, before] of Object.entries(baseline[version] ?? {})) {
      const now = score[name]
      if (now && now.passed >= before.passed) continue
      const passed = await passedAlone(suite, name, client, folder)
      if (passed >= before.passed) continue
      fallen++
      console.log(`  fallen: ${name}: ${passed} checks pass, ${before.passed} did`)
    }
  }
  process.exitCode = fallen > 0 ? 1 : 0
} finally {
  rmSync(folder, {recursive: true, force: true})
}
