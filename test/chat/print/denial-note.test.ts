import {spawnSync} from 'node:child_process'
import {expect} from 'chai'
import fc from 'fast-check'
import {denialNote} from '../../../src/chat/print/denial-note.js'
import {hiddenCharacters} from '../../helpers/hidden-text.js'

const HINT = /\((--allow .*) would allow it\)$/s

describe('the note on a call that was not allowed', () => {
  it('names the rule as one word of a shell, whatever is in it', () => {
    const piece = fc.constantFrom(
      "'",
      '"',
      '`',
      '$(',
      ')',
      '; ',
      'touch P',
      '\\',
      '!',
      '#',
      '*',
      '~',
      ' ',
      '&',
      '|',
      'a',
    )
    const rules = fc.array(piece, {minLength: 1, maxLength: 12}).map((pieces) => `bash(=${pieces.join('')}x)`)
    const given: string[] = fc.sample(rules, 500)
    const hints = given.map((rule) => HINT.exec(denialNote({name: 'terminal', context: 'x', would_allow: rule}))?.[1])
    expect(hints).not.to.include(undefined)
    const script = hints.map((hint) => `printf '%s\\0' ${hint}`).join('\n')
    const {stdout} = spawnSync('/bin/sh', ['-c', script], {encoding: 'utf8'})
    expect(stdout.split('\0').slice(0, -1)).to.deep.equal(given.flatMap((rule) => ['--allow', rule]))
    console.log(`      ${given.length} rules`)
  })

  it('gives nothing to copy that a terminal shows otherwise than it is', () => {
    for (const hidden of [...hiddenCharacters, '\n', '\t', ' '.repeat(70)]) {
      const note = denialNote({name: 'terminal', context: `echo ${hidden}x`, would_allow: `bash(=echo ${hidden}x)`})
      expect(note).to.match(/permission_denials\)$/)
      expect(note).not.to.include(`${hidden}x`)
    }
    expect(denialNote({name: 'terminal', context: '', would_allow: `bash(=${'x'.repeat(400)})`})).not.to.match(HINT)
  })
})
