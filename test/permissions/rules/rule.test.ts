import {expect} from 'chai'
import fc from 'fast-check'
import {parseRule, ruleProblemText} from '../../../src/permissions/rules/rule.js'
import {loadsCode} from '../../../src/permissions/shell/carriers.js'
import type {RuleEffect} from '../../../src/permissions/types.js'
import {runs} from '../../helpers/sample.js'
import {ruleFrom} from '../setup.js'

function problemOf(text: string, effect: RuleEffect = 'allow'): string {
  const parsed = parseRule(text, effect)
  if ('rule' in parsed) throw new Error(`${text} was taken as ${parsed.rule.text}`)
  return ruleProblemText(parsed.problem)
}

describe('rules', () => {
  it('are a tool and a pattern, in one spelling', () => {
    const spellings: Record<string, string> = {
      'bash(npm test)': 'bash(npm test)',
      'Bash(npm run lint:*)': 'bash(npm run lint *)',
      ' Terminal( git  log  * ) ': 'bash(git log *)',
      'Read(~/.ssh/**)': 'read(~/.ssh/**)',
      'read_file(//etc/hosts)': 'read(//etc/hosts)',
      'Write(/src/**)': 'edit(src/**)',
      'EDIT_FILE(./src/)': 'edit(src/**)',
      'edit(a\\*b)': 'edit(a\\*b)',
      session_search: 'session_search',
      'bash(*)': 'bash(*)',
      'bash(= a && b )': 'bash(=a && b)',
    }
    for (const [text, spelling] of Object.entries(spellings)) {
      expect(ruleFrom(text).text).to.equal(spelling)
      expect(ruleFrom(spelling)).to.deep.equal(ruleFrom(text))
    }
  })

  it('are refused with the value, what is wrong and what to write', () => {
    expect(problemOf('bash')).to.equal('"bash": it would allow every command: write bash(*) to say so')
    expect(problemOf('npm test')).to.contain('it is no rule').and.contain('bash(npm test *)')
    expect(problemOf('clarify(x)')).to.contain('takes no pattern')
    expect(problemOf('edit(../x)')).to.contain('".."').and.contain('write //folder')
    expect(problemOf('edit(~root/x)')).to.contain('homes of others')
    expect(problemOf('bash(a && b)')).to.contain('"&"').and.contain('bash(=…)')
    expect(problemOf('read()')).to.contain('empty')
    expect(problemOf('bash(=)')).to.contain('empty')
  })

  it('of the whole tool may ask and deny', () => {
    for (const effect of ['ask', 'deny'] as const) expect(ruleFrom('Bash', effect).text).to.equal('bash')
    for (const tool of ['todo', 'clarify', 'session_search']) {
      expect(ruleFrom(tool, 'deny').text).to.equal(tool)
      expect(parseRule(tool, 'ask')).to.have.nested.property('problem.remedy').that.contains(`deny ${tool}`)
    }
  })

  it('never allow what runs what follows it, but for its exact words', () => {
    const programs = 'sudo doas xargs eval ssh env timeout nice nohup exec awk busybox'.split(' ')
    for (const program of programs) {
      expect(problemOf(`bash(${program} *)`)).to.contain('runs what follows it')
      expect(problemOf(`bash(/usr/bin/${program} a?)`)).to.contain('runs what follows it')
      expect(ruleFrom(`bash(${program} *)`, 'deny').text).to.equal(`bash(${program} *)`)
    }
    for (const text of [
      'sh -c *',
      'bash -lc *',
      'python3 -c *',
      'node -e *',
      'perl -ne *',
      'find . -exec *',
      'git -c *',
    ]) {
      expect(problemOf(`bash(${text})`), text).to.contain('runs what follows it')
    }
    for (const text of [
      'python3 x.py *',
      'node build.js *',
      'git log *',
      'find . -name *',
      'npm *',
      'sudo apt update',
    ]) {
      expect(ruleFrom(`bash(${text})`).text).to.equal(`bash(${text})`)
    }
  })

  it('keep a name that begins with ~ apart from the home', () => {
    for (const [written, text] of [
      ['/~{a,b}', '\\~{a,b}'],
      ['/~x', '\\~x'],
      ['a/~*', 'a/\\~*'],
      ['~/~*', '~/\\~*'],
    ]) {
      expect(ruleFrom(`edit(${written})`).text).to.equal(`edit(${text})`)
      expect(ruleFrom(`edit(${text})`).text).to.equal(`edit(${text})`)
    }
  })

  it('never allow variables by which other code is loaded', () => {
    for (const name of 'PATH LD_PRELOAD NODE_OPTIONS BASH_ENV PYTHONPATH GIT_PAGER EDITOR IFS PERL5LIB'.split(' ')) {
      expect(loadsCode(name), name).to.equal(true)
      expect(problemOf(`bash(${name}=x npm test)`))
        .to.contain(name)
        .and.contain('bash(=…)')
    }
    for (const name of ['NODE_ENV', 'CI', 'DEBUG', 'FOO']) expect(loadsCode(name), name).to.equal(false)
  })

  it('are read or refused, and never anything else, whatever was written', () => {
    const piece = fc.constantFrom(
      'bash',
      'edit',
      '(',
      ')',
      ' ',
      '*',
      '~',
      '/',
      '..',
      "'",
      '\\',
      '=',
      '\n',
      '[',
      '{a,b}',
    )
    fc.assert(
      fc.property(fc.array(piece), fc.constantFrom('allow' as const, 'deny' as const), (pieces, effect) => {
        const parsed = parseRule(pieces.join(''), effect)
        if ('rule' in parsed) expect(ruleFrom(parsed.rule.text, effect)).to.deep.equal(parsed.rule)
        else expect(parsed.problem.remedy).to.not.equal('')
      }),
      {numRuns: runs(5000, 1000)},
    )
  })
})
