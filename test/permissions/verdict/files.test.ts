import {mkdirSync, symlinkSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import fc from 'fast-check'
import {activeRules} from '../../../src/permissions/rules/active-rules.js'
import {permissionModes} from '../../../src/permissions/types.js'
import {type DecisionContext, decide} from '../../../src/permissions/verdict/decide.js'
import {hiddenBelow} from '../../../src/permissions/verdict/file-verdict.js'
import {runs} from '../../helpers/sample.js'
import {createSandbox, type Sandbox} from '../../helpers/sandbox.js'
import {contextOf, rulesFrom} from '../setup.js'

describe('permission of a file', () => {
  let box: Sandbox
  let context: DecisionContext
  beforeEach(() => {
    box = createSandbox()
    mkdirSync(path.join(box.project, '.git'))
    context = contextOf(box)
  })
  afterEach(() => box.remove())

  function decideOn(tool: 'read' | 'edit', name: string, rules: string[] = [], change: Partial<DecisionContext> = {}) {
    const file = path.resolve(box.project, name)
    return decide({tool, path: file}, {...context, rules: rulesFrom(...rules), ...change})
  }
  const verdictOf = async (...args: Parameters<typeof decideOn>) => (await decideOn(...args)).verdict

  it('to read is given in the workspace, secrets excepted', async () => {
    expect(await decideOn('read', 'src/a.ts')).to.deep.equal({verdict: 'allow', why: 'reads'})
    for (const name of ['.env', 'a.pem', '../x', '/etc/passwd', '../.ssh/id_rsa', '/proc/1/environ']) {
      expect(await verdictOf('read', name), name).to.equal('ask')
      expect(await verdictOf('read', name, [], {mode: 'plan'}), name).to.equal('ask')
      expect(await verdictOf('read', name, [], {interactive: false}), name).to.equal('deny')
    }
    expect(await verdictOf('read', '.git/HEAD')).to.equal('allow')
    // Addresses of remotes hold tokens.
    expect(await verdictOf('read', '.git/config')).to.equal('ask')
    expect(await decideOn('read', '.env')).to.deep.equal({verdict: 'ask', why: 'it may hold secrets'})
  })

  it('is what a walk through a folder goes by: what would be asked for or denied is left out', async () => {
    const name = fc.constantFrom('private', 'src', '.env', 'a', 'b.ts', 'deep', 'id_rsa')
    const file = fc.array(name, {minLength: 1, maxLength: 3}).map((names) => names.join('/'))
    const glob = fc.constantFrom('**', '*', '*.ts', 'b*', '')
    const rule = fc
      .tuple(fc.constantFrom('deny', 'ask', 'allow'), fc.constantFrom('read', 'edit'), fc.option(file), glob)
      .map(([effect, tool, start, end]) => `${effect} ${tool}(${[start, end].filter(Boolean).join('/') || '**'})`)
    let tried = 0
    await fc.assert(
      fc.asyncProperty(
        fc.array(rule, {maxLength: 4}),
        fc.array(file, {minLength: 1, maxLength: 6}),
        async (rules, files) => {
          const {workspace} = context
          const active = await activeRules(rulesFrom(...rules), workspace)
          const strict = rules.filter((text) => !text.startsWith('allow'))
          if ((await verdictOf('read', '.', strict)) !== 'allow') return
          const isHidden = hiddenBelow(workspace.root, workspace, active)
          for (const each of files) {
            tried++
            const verdict = await verdictOf('read', each, strict)
            expect(isHidden(path.join(workspace.root, each)), `${each} ${rules.join(' ')}`).to.equal(
              verdict !== 'allow',
            )
          }
        },
      ),
      {numRuns: runs(300, 60)},
    )
    console.log(`      ${tried} files`)
  })

  it('is asked for once, for a folder that a rule speaks of as a whole', async () => {
    const active = await activeRules(rulesFrom('ask read(private/**)'), context.workspace)
    const at = (name: string) => path.join(context.workspace.root, name)
    expect(hiddenBelow(at('private'), context.workspace, active)(at('private/a'))).to.equal(false)
    expect(hiddenBelow(at('private'), context.workspace, active)(at('private/.env'))).to.equal(true)
    expect(hiddenBelow(at('.'), context.workspace, active)(at('private/a'))).to.equal(true)
  })

  it('to write follows the mode', async () => {
    const expected = {ask: 'ask', 'accept-edits': 'allow', plan: 'deny', bypass: 'allow'} as const
    for (const mode of permissionModes) {
      expect(await verdictOf('edit', 'src/a.ts', [], {mode}), mode).to.equal(expected[mode])
      expect(await verdictOf('edit', 'src/a.ts', ['deny edit(src/**)'], {mode}), mode).to.equal('deny')
      expect(await verdictOf('edit', 'src/a.ts', ['ask edit(src/**)', 'allow edit(**)'], {mode}), mode).to.equal(
        mode === 'plan' ? 'deny' : 'ask',
      )
    }
    expect(await decideOn('edit', 'a', ['allow edit(a)'], {mode: 'plan'})).to.deep.equal({
      verdict: 'deny',
      by: 'mode',
      why: 'plan mode: only reading is allowed now',
    })
  })

  it('to write is not given by a glob or a mode to what runs later or holds secrets', async () => {
    const guarded = ['.env', 'id_rsa', '.vscode/settings.json', '.hermesrc', '.husky/pre-commit']
    const sealed = ['.git/config', '.git/hooks/pre-commit', 'sub/.git/config', '../.hermes/permissions.yaml']
    for (const name of [...guarded, ...sealed, '../.bashrc', '../x']) {
      for (const rule of ['edit', 'edit(**)', 'edit(//**)', 'edit(**/*)']) {
        if (rule.startsWith('edit(**') || name !== '../x') {
          expect(await verdictOf('edit', name, [`allow ${rule}`]), `${rule} ${name}`).to.equal('ask')
        }
      }
      expect(await verdictOf('edit', name, [], {mode: 'accept-edits'}), name).to.equal('ask')
      expect(await verdictOf('edit', name, ['deny edit(//**)']), name).to.equal('deny')
    }
    for (const name of guarded) expect(await verdictOf('edit', name, [`allow edit(${name})`]), name).to.equal('allow')
    for (const name of sealed) {
      expect(await verdictOf('edit', name, [`allow edit(/${path.resolve(box.project, name)})`]), name).to.equal('ask')
    }
    expect(await verdictOf('read', '.env', ['allow read(**)'])).to.equal('ask')
    expect(await verdictOf('read', '.env', ['allow read(.env)'])).to.equal('allow')
  })

  it('is matched from the root, the home or the workspace, by where links lead', async () => {
    const cases: [rule: string, name: string, matches: boolean][] = [
      ['src/**', 'src/a.ts', true],
      ['/src/**', 'src/deep/.hidden/a.ts', true],
      ['src/', 'src/a.ts', true],
      ['src/**', 'src', true],
      ['src/*', 'src/a/b', false],
      ['src', 'src/a', false],
      ['**/*.ts', 'a.ts', true],
      ['**/*.ts', 'x/y/a.ts', true],
      ['*.ts', 'x/a.ts', false],
      ['*.{ts,tsx}', 'a.tsx', true],
      ['[ab].ts', 'b.ts', true],
      ['[!a].ts', 'a.ts', false],
      ['a\\*b', 'a*b', true],
      ['a\\*b', 'axb', false],
      ['(x|y)', '(x|y)', true],
      ['(x|y)/*', '(x|y)/z', true],
      ['(x|y)/*', 'x/z', false],
      ['!a/*', 'b/c', false],
      ['+(a)/*', 'aa/c', false],
      ['~/x/**', '../x/y', true],
      ['//etc/*', '/etc/hosts', true],
      ['//**', '/anything/else', true],
      ['src/**', '../src/a.ts', false],
      ['link/*', '../real/a', true],
    ]
    mkdirSync(path.join(box.home, 'real'))
    symlinkSync('../real', path.join(box.project, 'link'))
    for (const [rule, name, matches] of cases) {
      expect(await verdictOf('read', name, [`deny read(${rule})`]), `${rule} ${name}`).to.equal(
        matches ? 'deny' : name.startsWith('..') || name.startsWith('/') ? 'ask' : 'allow',
      )
    }
  })

  it('is matched as another library matches globs', async () => {
    const piece = fc.constantFrom('a', 'b', '*', '?', '**', '[ab]', '[!a]', '{a,b}', '.')
    const name = fc.array(piece, {minLength: 1, maxLength: 3}).map((pieces) => pieces.join('').replaceAll('***', '*'))
    const segment = fc.constantFrom('a', 'b', 'ab', 'ba', '.a', 'a.b', 'c')
    let matched = 0
    await fc.assert(
      fc.asyncProperty(
        fc.array(name, {minLength: 1, maxLength: 3}),
        fc.array(segment, {minLength: 1, maxLength: 3}),
        async (names, segments) => {
          // Two stars beside other characters mean one; what a shell makes of dots in front is another matter.
          const glob = names.map((each) => (each === '**' ? each : each.replaceAll('**', '*'))).join('/')
          fc.pre(!/(?:^|\/)\.{1,2}(?:\/|$)|(?:^|\/)[^/]*\.\.|\{/.test(glob) || /^\{a,b\}$/.test(glob))
          const file = segments.join('/')
          fc.pre(!segments.some((each) => each.startsWith('.')))
          const expected = path.matchesGlob(file, glob) || path.matchesGlob(file, glob.replace(/\/\*\*$/, ''))
          const exact = /\/\*\*$/.test(glob)
          const verdict = await verdictOf('edit', file, [`deny edit(${glob})`])
          if (exact && !path.matchesGlob(file, glob)) return
          expect(verdict === 'deny', `${glob} ${file}`).to.equal(expected)
          if (expected) matched++
        },
      ),
      {numRuns: runs(2000, 400)},
    )
    console.log(`      ${matched} of 2000 pairs match`)
  })

  it('of another workspace is no matter of this one', async () => {
    const rules = rulesFrom('allow edit(src/**)').map((rule) => ({...rule, workspace: '/elsewhere'}))
    expect(await verdictOf('edit', 'src/a.ts', [], {rules})).to.equal('ask')
  })
})
