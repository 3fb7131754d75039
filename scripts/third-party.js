import {readdirSync, readFileSync} from 'node:fs'
import path from 'node:path'

/** As packages call the files of their licences. */
const licenceFile = /^(?:licen[cs]e|copying|notice)(?:[.-]|$)/i

/** The folder of the package that a bundled file is of; undefined: it is of ours. */
function packageOf(file) {
  const [, folder] = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file) ?? []
  return folder
}

/**
 * Names, versions and licences of all packages that are in a bundle, as they ask to be passed on with it. `inputs`: paths
 * of bundled files, relative to `directory`.
 *
 * @throws Error of a package that names no licence
 */
export function thirdPartyNotices(inputs, directory) {
  const folders = [...new Set(inputs.map(packageOf))].filter((folder) => folder !== undefined).sort()
  const notices = new Map()
  for (const folder of folders) {
    const at = path.join(directory, folder)
    const {name, version, license} = JSON.parse(readFileSync(path.join(at, 'package.json'), 'utf8'))
    // A package.json below another tells only the kind of its modules.
    if (name === undefined) continue
    if (typeof license !== 'string') throw new Error(`${folder}/package.json names no license: may it be in a bundle?`)
    const texts = readdirSync(at)
      .filter((file) => licenceFile.test(file))
      .map((file) => readFileSync(path.join(at, file), 'utf8').trim())
    notices.set(`${name} ${version}`, [`${name} ${version} (${license})`, ...texts].join('\n\n'))
  }
  const head = `hermes contains these ${notices.size} packages.`
  return `${[head, ...notices.values()].join(`\n\n${'-'.repeat(80)}\n\n`)}\n`
}
