// Before a commit: lint, types and the tests of what changed since the commit that is named, default HEAD.
import {spawnSync} from 'node:child_process'
import {existsSync} from 'node:fs'
import {createRequire} from 'node:module'
import path from 'node:path'
import {fileURLToPath} from 'node:url'

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)))

/**
 * Test files of what changed: a test itself, the one that mirrors a source, and where there is none all of the folder
 * that mirrors its folder. `exists`: of a path below `root`.
 */
export function testsOf(changed, exists = (file) => existsSync(path.join(root, file))) {
  const tests = changed.flatMap((file) => {
    if (/^test\/.*\.test\.tsx?$/.test(file)) return exists(file) ? [file] : []
    const [, name] = /^src\/(.*)\.tsx?$/.exec(file) ?? []
    if (name === undefined) return []
    const own = [`test/${name}.test.ts`, `test/${name}.test.tsx`].filter(exists)
    if (own.length > 0) return own
    const folder = path.posix.dirname(`test/${name}`)
    return folder !== 'test' && exists(folder) ? [`${folder}/*.test.{ts,tsx}`] : []
  })
  return [...new Set(tests)].sort()
}

function run(program, args) {
  const {status} = spawnSync(program, args, {cwd: root, stdio: 'inherit'})
  if (status !== 0) process.exit(status ?? 1)
}

function lines(...args) {
  const {stdout, stderr, status} = spawnSync('git', args, {cwd: root, encoding: 'utf8'})
  if (status !== 0) {
    console.error(stderr.trim())
    process.exit(2)
  }
  return stdout.split('\n').filter((line) => line !== '')
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [since = 'HEAD'] = process.argv.slice(2)
  const changed = [
    ...lines('diff', '--name-only', '--relative', since, '--'),
    ...lines('ls-files', '--others', '--exclude-standard'),
  ]
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'
  run(npm, ['run', '--silent', 'lint'])
  run(npm, ['run', '--silent', 'types'])
  const tests = testsOf(changed)
  if (tests.length === 0) console.log(`no test belongs to what changed since ${since}`)
  else {
    console.log(`tests of what changed since ${since}: ${tests.join(' ')}`)
    run(process.execPath, [path.join('scripts', 'build.js'), '--if-stale'])
    const mocha = createRequire(import.meta.url).resolve('mocha/bin/mocha.js')
    run(process.execPath, [mocha, ...tests.flatMap((test) => ['--spec', test])])
  }
}
