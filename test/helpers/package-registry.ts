import {copyFileSync, existsSync, globSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync} from 'node:fs'
import {createServer} from 'node:http'
import type {AddressInfo} from 'node:net'
import path from 'node:path'
import {gzipSync} from 'node:zlib'
import {root} from './build.js'
import {runProgram} from './program/run-program.js'

/** A registry of packages on loopback, for a real `npm install` that needs no network. */
export interface PackageRegistry {
  readonly url: string
  /** Packages that were asked for and are not there. */
  readonly missing: readonly string[]
  close(): Promise<void>
}

/** The types of ours, as `npm pack` packs them, into `directory`. Call `ensureBuilt()` before: each build is packed once. */
export async function packTypes(directory: string): Promise<string> {
  const sources = ['dist/cli.js', 'packages/types/package.json', 'packages/types/README.md']
  const age = Math.max(...sources.map((name) => statSync(path.join(root, name)).mtimeMs))
  const kept = path.join(root, 'node_modules', '.cache', 'hermes-types', `${Math.trunc(age)}.tgz`)
  const file = path.join(directory, 'hermes-chat-types.tgz')
  if (!existsSync(kept)) {
    const packed = await packInto(directory)
    mkdirSync(path.dirname(kept), {recursive: true})
    copyFileSync(packed, `${kept}.${process.pid}`)
    renameSync(`${kept}.${process.pid}`, kept)
  }
  copyFileSync(kept, file)
  return file
}

async function packInto(directory: string): Promise<string> {
  const args = ['pack', '--silent', '--offline', '--pack-destination', directory]
  const {stdout, stderr, code} = await runProgram('npm', args, {
    cwd: path.join(root, 'packages', 'types'),
    env: {...process.env, npm_config_update_notifier: 'false'},
  })
  if (code !== 0) throw new Error(`npm pack: ${stderr}`)
  return path.join(directory, stdout.trim().split('\n').at(-1) ?? '')
}

/** Serves all that is installed here, in each version that is, and `packed`: tarballs by the name of their package. */
export async function startRegistry(
  packed: Readonly<Record<string, {version: string; file: string}>>,
): Promise<PackageRegistry> {
  const missing: string[] = []
  const versionsOf = (name: string) => {
    const found = new Map<string, {manifest: object; tarball: () => Buffer}>()
    const given = packed[name]
    if (given) {
      const {file, version} = given
      const manifest = JSON.parse(readFileSync(path.join(root, 'packages', 'types', 'package.json'), 'utf8'))
      found.set(version, {manifest: {...manifest, version}, tarball: () => readFileSync(file)})
      return found
    }
    for (const place of ['', '*/node_modules/', '@*/*/node_modules/']) {
      for (const file of globSync(`${place}${name}/package.json`, {cwd: path.join(root, 'node_modules')})) {
        const folder = path.dirname(path.join(root, 'node_modules', file))
        const manifest = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'))
        found.set(manifest.version, {manifest, tarball: () => tarballOf(folder)})
      }
    }
    return found
  }
  const server = createServer((request, response) => {
    const asked = decodeURIComponent(request.url ?? '').slice(1)
    const [name = '', tarred] = asked.split('/-/')
    const versions = versionsOf(name)
    if (tarred !== undefined) {
      response.end(versions.get(tarred.replace(/\.tgz$/, ''))?.tarball())
      return
    }
    if (versions.size === 0) {
      missing.push(name)
      response.writeHead(404).end('{}')
      return
    }
    const dist = (version: string) => ({dist: {tarball: `${url}/${name}/-/${version}.tgz`}})
    response.setHeader('content-type', 'application/json')
    response.end(
      JSON.stringify({
        name,
        'dist-tags': {latest: [...versions.keys()][0]},
        versions: Object.fromEntries(
          [...versions].map(([version, {manifest}]) => [version, {...manifest, scripts: {}, ...dist(version)}]),
        ),
      }),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {url, missing, close: () => new Promise((resolve) => server.close(() => resolve()))}
}

const block = 512

/** A folder without its node_modules, as a registry has it. */
function tarballOf(folder: string): Buffer {
  const files = readdirSync(folder, {recursive: true, withFileTypes: true})
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .filter((file) => !file.split(path.sep).includes('node_modules'))
  const parts = files.flatMap((file) => {
    const content = readFileSync(path.join(folder, file))
    const padding = Buffer.alloc((block - (content.length % block)) % block)
    return [tarHeader(`package/${file.split(path.sep).join('/')}`, content.length), content, padding]
  })
  return gzipSync(Buffer.concat([...parts, Buffer.alloc(2 * block)]), {level: 1})
}

function tarHeader(name: string, size: number): Buffer {
  const header = Buffer.alloc(block)
  // A name of more than 100 characters stands in two parts.
  const cut = name.length > 100 ? name.indexOf('/', name.length - 101) : -1
  header.write(name.slice(cut + 1), 0)
  if (cut > 0) header.write(name.slice(0, cut), 345)
  header.write('0000755\0', 100)
  header.write(`${size.toString(8).padStart(11, '0')}\0`, 124)
  header.write(`${'0'.repeat(11)}\0`, 136)
  header.write('        ', 148)
  header.write('0', 156)
  header.write('ustar\x0000', 257)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return header
}
