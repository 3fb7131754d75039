import {addRule} from '../../../src/permissions/rules/rules-file.js'
import {ruleFrom} from '../setup.js'

/** Run as a program of its own: adds rules `bash(NAME 0)` … to a project, one after the other. */
const [file = '', root = '', name = '', count = ''] = process.argv.slice(2)
for (let n = 0; n < Number(count); n++)
  await addRule(file, root, {effect: 'allow', rule: ruleFrom(`bash(${name} ${n})`)})
