import {createHash} from 'node:crypto'
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import type {ReadableWorkspace} from '../../../src/permissions/shell/reading/operands.js'

/** What a hostile workspace holds: names that are options, programs, links to outside, secrets. */
export function fillScratch(folder: string, programs: readonly string[]): {workspace: string; ran: string} {
  const workspace = path.join(folder, 'workspace')
  const ran = path.join(folder, 'RAN')
  const outside = path.join(folder, 'outside')
  for (const each of [
    'src/deep',
    'docs',
    'node_modules/.bin',
    'a b',
    '-d',
    '.hidden',
    '--pre=.',
    '--compress-program=.',
  ]) {
    mkdirSync(path.join(workspace, each), {recursive: true})
  }
  mkdirSync(outside)
  writeFileSync(path.join(outside, 'key'), 'OUTSIDE\n')
  const files = [
    [
      'a.txt',
      'b.txt',
      'notes.md',
      'data.json',
      'src/one.ts',
      'src/two.ts',
      'src/deep/three.ts',
      'docs/x.md',
      'a b/c d.txt',
    ],
    [
      '--output=pwned',
      '--pre=./e.sh',
      '-rf',
      '-e',
      '-exec',
      '-delete',
      '-o',
      '-n',
      '--files0-from=-',
      '--compress-program=./e.sh',
    ],
    [
      "it's",
      'semi;colon',
      '$(touch pwned)',
      '`touch pwned`',
      'new\nline',
      'star*',
      '[x]',
      '!',
      '(',
      '+5',
      '~',
      '=ls',
      '{a,b}',
      '#',
      'é',
    ],
    ['.hidden/h', '.rgrep', '-d/f', 'foo', '$HOME', '&', '|', '"', '\\', 'e', 'w', 'x y'],
  ].flat()
  for (const file of files) writeFileSync(path.join(workspace, file), `foo\nbar 2\n${file.length}\nhello foo\n`)
  for (const file of ['.env', 'id_rsa', 'src/.env.local', 'src/deep/secret.pem']) {
    writeFileSync(path.join(workspace, file), 'SECRET foo hello\n')
  }
  writeFileSync(path.join(workspace, 'data.json'), '{"a": 1, "foo": "bar"}\n')
  symlinkSync('../outside/key', path.join(workspace, 'key'))
  symlinkSync('../outside', path.join(workspace, 'out'))
  symlinkSync('src', path.join(workspace, 'link'))
  symlinkSync('nowhere', path.join(workspace, 'dangling'))
  symlinkSync('.env', path.join(workspace, 'innocent'))
  symlinkSync('/proc/self/environ', path.join(workspace, 'environ'))
  for (const program of [...programs, 'e.sh', 'pager', 'gzip', 'touch']) {
    for (const place of [program, `node_modules/.bin/${program}`]) {
      const file = path.join(workspace, place)
      writeFileSync(file, `#!/bin/sh\necho ran >> '${ran}'\n`)
      chmodSync(file, 0o755)
    }
  }
  return {workspace, ran}
}

/** Everything below a folder that a program could change, but for when it was read. */
export function snapshot(folder: string): string[] {
  return readdirSync(folder, {recursive: true, withFileTypes: true})
    .map((entry) => {
      const file = path.join(entry.parentPath, entry.name)
      const {mode, size, mtimeMs, ino} = lstatSync(file)
      const content = entry.isSymbolicLink()
        ? readlinkSync(file)
        : entry.isFile()
          ? createHash('sha1').update(readFileSync(file)).digest('hex')
          : ''
      return [file, mode, size, mtimeMs, ino, content].join('\t')
    })
    .sort()
}

export function workspaceOf(root: string): ReadableWorkspace {
  return {
    contains: (real) => real === root || real.startsWith(`${root}/`),
    isSecret: (real) => /(?:\/\.env[^/]*|\/id_rsa|\.pem)$/.test(real),
  }
}
