import {mkdirSync, symlinkSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import {expect} from 'chai'
import fc from 'fast-check'
import type {Decision} from '../../../src/permissions/types.js'
import {type DecisionContext, decide} from '../../../src/permissions/verdict/decide.js'
import {scanLimits} from '../../../src/permissions/verdict/scan-budget.js'
import {openWorkspace} from '../../../src/permissions/workspace.js'
import {runs} from '../../helpers/sample.js'
import {createSandbox, type Sandbox} from '../../helpers/sandbox.js'
import {contextOf, rulesFrom} from '../setup.js'

/** The most that is allowed where nobody asks: what is not allowed here is kept by a rule. */
const verdicts = ['allow', 'ask', 'deny'] as const

describe('permission of a command', () => {
  let box: Sandbox
  let context: DecisionContext
  beforeEach(() => {
    box = createSandbox()
    mkdirSync(path.join(box.project, '.git'))
    mkdirSync(path.join(box.project, 'sub'))
    context = contextOf(box)
  })
  afterEach(() => box.remove())

  function decideOn(command: string, rules: string[] = [], change: Partial<DecisionContext> = {}, cwd = box.project) {
    return decide({tool: 'bash', command, cwd}, {...context, rules: rulesFrom(...rules), ...change})
  }
  const verdictOf = async (...args: Parameters<typeof decideOn>) => (await decideOn(...args)).verdict

  async function expectAll(verdict: Decision['verdict'], commands: readonly string[], rules: string[], change = {}) {
    for (const command of commands) expect(await verdictOf(command, rules, change), command).to.equal(verdict)
  }

  it('is given where the words match, however they are quoted', async () => {
    const word = fc.constantFrom('npm', 'run', 'lint', '--fix', 'a b', '', "it's", '*', '$x', 'ß', 'lint:all')
    const part = fc.oneof(
      word.map((text) => ({text})),
      fc.constant({star: true} as const),
    )
    const quoted = (text: string, style: number) =>
      style === 0 && /^[\w:-]+$/.test(text)
        ? text
        : style === 1 && !/[$'"]/.test(text)
          ? `"${text}"`
          : `'${text.replaceAll("'", `'\\''`)}'`
    const counts = {allow: 0, ask: 0, deny: 0}
    await fc.assert(
      fc.asyncProperty(
        fc.array(part, {minLength: 1, maxLength: 4}),
        fc.array(word, {maxLength: 4}),
        fc.array(fc.nat(2), {minLength: 5, maxLength: 5}),
        fc.boolean(),
        async (parts, more, styles, follow) => {
          const words = follow ? parts.map((each) => ('text' in each ? each.text : 'x')).concat(more.slice(0, 1)) : more
          fc.pre(words.length > 0 && words[0] !== '' && !/^-|=/.test(words[0] ?? ''))
          const pattern = parts
            .map((each) => ('text' in each ? `'${each.text.replaceAll("'", `'\\''`)}'` : '*'))
            .join(' ')
          const last = parts.at(-1)
          const isOpen = last !== undefined && 'star' in last
          const fixed = isOpen ? parts.slice(0, -1) : parts
          // An oracle of another make: one expression over all words at once.
          const expression = fixed.map((each) => ('text' in each ? literally(each.text) : '[^\\0]*'))
          const oracle = new RegExp(
            `^${expression.map((each) => `${each}\\0`).join('')}${isOpen ? '(?:[^\\0]*\\0)*' : ''}$`,
          )
          const expected = oracle.test(words.map((each) => `${each}\0`).join(''))
          const command = words.map((text, at) => quoted(text, styles[at] ?? 0)).join(' ')
          for (const effect of ['allow', 'deny'] as const) {
            const verdict = await verdictOf(command, [`${effect} bash(${pattern})`])
            expect(verdict, `${pattern} | ${command}`).to.equal(expected ? effect : 'ask')
            counts[verdict]++
          }
        },
      ),
      {numRuns: runs(1500, 120)},
    )
    console.log(`      ${JSON.stringify(counts)}`)
  })

  it('of several is the strictest of theirs, however they are joined', async () => {
    const rules = [
      'allow bash(good *)',
      'deny bash(bad *)',
      'ask bash(odd *)',
      'allow bash(odd *)',
      'allow bash(bad *)',
    ]
    const programs = {good: 'allow', odd: 'ask', other: 'ask', bad: 'deny'} as const
    const simple = fc.constantFrom(...(Object.keys(programs) as (keyof typeof programs)[]))
    const joined = fc.constantFrom(' && ', ' || ', '; ', ' | ', ' & ', '\n', ' |& ')
    const around = fc.constantFrom(
      (line: string) => line,
      (line: string) => `( ${line} )`,
      (line: string) => `{ ${line}; }`,
      (line: string) => `if ${line}; then ${line}; fi`,
      (line: string) => `while ${line}; do ${line}; done`,
      (line: string) => `f() { ${line}; }`,
      (line: string) => `timeout 5 ${line}`,
      (line: string) => `CI=true ${line}`,
      (line: string) => `nohup nice ${line}`,
    )
    let tried = 0
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(simple, joined), {minLength: 1, maxLength: 6}),
        around,
        async (parts, wrap) => {
          const line = parts
            .map(([program, operator], at) => `${program} x${at === parts.length - 1 ? '' : operator}`)
            .join('')
          const strictest = parts
            .map(([program]) => verdicts.indexOf(programs[program]))
            .reduce((a, b) => Math.max(a, b), 0)
          const command = wrap(line)
          // A variable needs a rule of its own.
          const expected = command.startsWith('CI=') ? Math.max(strictest, 1) : strictest
          expect(await verdictOf(command, rules), command).to.equal(verdicts[expected])
          tried++
        },
      ),
      {numRuns: runs(1000, 120)},
    )
    console.log(`      ${tried} lines`)
  })

  it('looks at every command of a line, and of more than it looks at allows none', async () => {
    const rules = ['allow bash(good *)', 'deny bash(bad *)']
    await fc.assert(
      fc.asyncProperty(fc.integer({min: 2, max: 400}), fc.nat(), fc.boolean(), async (count, nth, isBad) => {
        const at = nth % count
        const commands = Array.from({length: count}, (_, index) => (isBad && index === at ? 'bad x' : 'good x'))
        const seen = isBad && at < scanLimits.commands
        const expected = seen ? 'deny' : count > scanLimits.commands ? 'ask' : 'allow'
        expect(await verdictOf(commands.join('; '), rules)).to.equal(expected)
        expect(await verdictOf(commands.join('; '), ['deny read(k)'], {mode: 'bypass'})).to.equal(
          count > scanLimits.commands ? 'ask' : 'allow',
        )
      }),
      {numRuns: 30},
    )
  })

  it('holds for what is hidden in substitutions, texts and the arguments of others', async () => {
    const rules = ['allow bash(echo *)', 'deny bash(git push *)', 'allow bash(sh *)']
    const hide = (line: string) => [
      `echo $(${line})`,
      `echo \`${line}\``,
      `echo "a $(${line}) b"`,
      `cat <(${line})`,
      `cat <<E\n$(${line})\nE`,
      `sh -c '${line}'`,
      `bash -lc "${line}"`,
      `sh -c "sh -c '${line}'"`,
      `eval ${line}`,
      `eval '${line}'`,
      `sudo -u me ${line}`,
      `xargs -n 1 ${line}`,
      `find . -name x -exec ${line} {} \\;`,
      `ssh host ${line}`,
      `ssh host '${line}'`,
      `env A=b ${line}`,
      `exec ${line}`,
      `trap '${line}' EXIT`,
      `watch '${line}'`,
      `echo a; ${line}`,
      `/usr/bin/${line}`,
      `A=1 B=2 ${line}`,
      `\\${line}`,
      line.replace('git', 'GIT'),
    ]
    for (const line of ['git push', 'git push origin main']) {
      await expectAll('deny', hide(line), rules)
      await expectAll('deny', hide(line), rules, {mode: 'bypass'})
    }
    await expectAll(
      'ask',
      hide('git fetch').filter((line) => !line.startsWith('echo a')),
      [...rules],
    )
  })

  it('is asked for where a deny rule may be meant and nobody can tell, in bypass too', async () => {
    const unsure = [
      '$X push',
      'git $X',
      'git pu*',
      'git {push,x}',
      '"$(cat x)"',
      'git -C sub push',
      'git --no-pager push',
      'sh -c "$X"',
      'eval $X',
      'echo "',
      'ls \u202e',
    ]
    await expectAll('ask', unsure, ['deny bash(git push *)'], {mode: 'bypass'})
    await expectAll('allow', unsure.concat('git fetch $X'), [], {mode: 'bypass'})
    await expectAll('allow', ['git fetch $X', 'echo $X', 'git log -C push'], ['deny bash(git push *)'], {
      mode: 'bypass',
    })
    await expectAll('deny', unsure, ['deny bash(git push *)'], {mode: 'bypass', interactive: false})
  })

  it('is not given for words that a shell expands', async () => {
    const words = ['$X', '"$X"', '*.ts', '~/x', '{a,b}', '$(npm test)', '`npm test`', '"$(npm test)"', "$'x'"]
    await expectAll(
      'ask',
      words.map((word) => `npm test ${word}`),
      ['allow bash(npm test *)'],
    )
    await expectAll(
      'deny',
      words.map((word) => `npm test ${word}`),
      ['deny bash(npm test *)'],
    )
  })

  it('is not given by a prefix to what runs other words, code or its input', async () => {
    const rules = [
      'allow bash(python3 *)',
      'allow bash(node *)',
      'allow bash(find *)',
      'allow bash(bash *)',
      'allow bash(git *)',
      'allow bash(* *)',
    ]
    const lines = [
      ...['python3 -c x', 'python3 -Ic x', 'python3', 'python3 -', 'node -e x', 'node --eval=x', 'node -p x', 'node'],
      ...['find . -exec rm {} \\;', 'find . -ok rm {} \\;', 'bash -c x', 'bash -lc x', 'bash', 'bash -s', 'sudo ls'],
      ...['xargs rm', 'eval x', 'ssh host x', 'git -c alias.x=!y x', 'env A=b x', 'awk 1', 'timeout 5 sudo x'],
    ]
    await expectAll('ask', lines, rules)
    await expectAll(
      'allow',
      ['python3 x.py -c y', 'node build.js --eval', 'find . -name x', 'bash x.sh -c', 'git log -c'],
      rules,
    )
    for (const line of ['sudo apt update', 'sh -c x', 'python3 -c x']) {
      expect(await verdictOf(line, [`allow bash(${line})`])).to.equal('allow')
      expect(await verdictOf(`${line} y`, [`allow bash(${line})`])).to.equal('ask')
    }
    // What is piped in is no word.
    for (const line of ['x | sh', 'x | python3', 'x | xargs rm']) {
      expect(
        await verdictOf(line, ['allow bash(x)', 'allow bash(sh)', 'allow bash(python3)', 'allow bash(xargs rm)']),
      ).to.equal('ask')
      expect(await verdictOf(line, [`allow bash(=${line})`])).to.equal('allow')
    }
  })

  it('is not given to what runs its words by a rule for words of theirs, nor to a wrapper that is not the system’s', async () => {
    const builtins =
      'exec builtin eval . source trap alias coproc enable hash bind complete compgen fc let export read unset set wait'
    const programs =
      'busybox setsid doas sudo su xargs strace bwrap firejail fakeroot unbuffer tini gosu tmux start-stop-daemon sg'
    const wrapper = fc.constantFrom('nohup', 'nice -n 5', 'timeout 5', 'command', 'env', 'time', 'stdbuf -o0')
    const planted = fc.tuple(fc.constantFrom('./', '/tmp/', 'x/'), wrapper).map((parts) => parts.join(''))
    const front = fc.oneof(
      {weight: 3, arbitrary: fc.constantFrom(...builtins.split(' '), ...programs.split(' '))},
      planted,
      fc.constantFrom('exec -l', 'exec -c', 'printf -v'),
    )
    const rules = ['allow bash(npm *)', 'allow bash(* *)']
    let tried = 0
    await fc.assert(
      fc.asyncProperty(
        fc.array(wrapper, {maxLength: 2}),
        front,
        fc.array(wrapper, {maxLength: 2}),
        fc.constantFrom('npm test', 'rm x'),
        async (before, hidden, after, words) => {
          const line = [...before, hidden, ...after, words].join(' ')
          expect(await verdictOf(line, rules), line).to.equal('ask')
          expect(await verdictOf([...before, ...after, words].join(' '), rules)).to.equal('allow')
          tried++
        },
      ),
      {numRuns: runs(500, 60)},
    )
    console.log(`      ${tried} lines`)
  })

  it('takes variables only as they are written, and none that loads code', async () => {
    const rules = ['allow bash(NODE_ENV=test npm test)', 'allow bash(npm test)', 'allow bash(A=* x)']
    await expectAll('allow', ['NODE_ENV=test npm test', 'npm test', 'A=1 x', 'A= x'], rules)
    await expectAll(
      'ask',
      ['NODE_ENV=x npm test', 'CI=1 npm test', 'NODE_ENV=test CI=1 npm test', 'A=$B x', 'x', 'A=1'],
      rules,
    )
    await expectAll('ask', ['PATH=. npm test', 'LD_PRELOAD=./x npm test', 'BASH_ENV=x npm test', 'A[0]=1 x'], rules)
  })

  it('asks for the files that the shell opens for it', async () => {
    const rules = ['allow bash(npm test)']
    await expectAll(
      'allow',
      [
        'npm test 2>&1',
        'npm test >/dev/null 2>&1',
        'npm test < /dev/null',
        'npm test 2>/dev/null',
        'npm test <<<x',
        'npm test < sub/in.txt',
        'npm test 2>&-',
      ],
      rules,
    )
    const writes = [
      'npm test > out.txt',
      'npm test >> out.txt',
      'npm test 2> out.txt',
      'npm test >| out.txt',
      '{ npm test; } > out.txt',
    ]
    await expectAll('ask', writes, rules)
    await expectAll('allow', writes, [...rules, 'allow edit(out.txt)'])
    await expectAll('allow', writes, rules, {mode: 'accept-edits'})
    await expectAll('deny', writes, [...rules, 'deny edit(*.txt)'])
    await expectAll('deny', writes, [...rules, 'deny edit(*.txt)'], {mode: 'bypass'})
    const others = [
      'npm test &> out.txt',
      'npm test >& out.txt',
      'npm test > $X',
      'npm test > ~/x',
      'npm test > .git/config',
      'npm test > .env',
      'npm test > ../x',
      'npm test < .env',
      'npm test < /etc/passwd',
      'npm test {fd}> out.txt',
      'npm test > ~/.bashrc',
    ]
    await expectAll('ask', others, [...rules, 'allow edit(**)'], {mode: 'accept-edits'})
  })

  it('ends where the working directory may lie outside of the workspace', async () => {
    const rules = ['allow bash(npm test)']
    symlinkSync(box.home, path.join(box.project, 'link'))
    mkdirSync(path.join(box.project, 'sub', 'deep'))
    await expectAll(
      'allow',
      [
        'cd sub && npm test',
        'cd ./sub; npm test',
        `cd ${box.project}/sub && npm test`,
        '(cd sub && npm test); npm test',
      ],
      rules,
    )
    await expectAll(
      'ask',
      [
        'cd .. && npm test',
        'cd missing; cd .. && npm test',
        'cd sub/../.. && npm test',
        'cd; npm test',
        'cd - && npm test',
        'cd $X && npm test',
        'cd link && npm test',
        'cd /; npm test',
        'pushd sub; npm test',
        'cd ~ && npm test',
        '(cd sub); cd .. && npm test',
        'cd sub deep; npm test',
        'CDPATH=/ cd sub && npm test',
      ],
      rules,
    )
    expect(await verdictOf('npm test', rules, {}, box.home)).to.equal('ask')
    expect(await verdictOf('npm test', rules, {}, path.join(box.project, 'link'))).to.equal('ask')
    expect(await verdictOf('npm test', ['allow bash(=npm test)'], {}, box.home)).to.equal('ask')
    expect(await verdictOf('npm test', ['allow bash(*)'], {}, box.home)).to.equal('ask')
  })

  it('by a rule of another workspace is none', async () => {
    const [rule] = rulesFrom('allow bash(npm test)')
    if (!rule) throw new Error('no rule')
    const rules = [{...rule, workspace: '/elsewhere'}]
    expect((await decide({tool: 'bash', command: 'npm test', cwd: box.project}, {...context, rules})).verdict).to.equal(
      'ask',
    )
    const here = [{...rule, workspace: box.project}]
    expect(
      (await decide({tool: 'bash', command: 'npm test', cwd: box.project}, {...context, rules: here})).verdict,
    ).to.equal('allow')
  })

  it('by its exact text is for that text alone, also where it can’t be parsed', async () => {
    const lines = ['cd .. && make | tail -5', 'a "', 'for x in *; do rm $x; done', 'PATH=. x', '$X', 'x > ~/y']
    for (const line of lines) {
      const rules = [`allow bash(=${line})`]
      await expectAll('allow', [line, `  ${line}\n`], rules)
      await expectAll('ask', [`${line} x`, `${line}\u00a0`, `\u00a0${line}`, `${line}\r`, line.slice(0, -1)], rules)
      expect(await verdictOf(line, [...rules, `deny bash(=${line})`])).to.equal('deny')
    }
    expect(await verdictOf('a "', ['allow bash(=a ")', 'deny bash(git push *)'])).to.equal('allow')
    expect(await verdictOf('x; git push', ['allow bash(=x; git push)', 'deny bash(git push *)'])).to.equal('deny')
  })

  it('of everything has to be said, and ends at deny and ask rules', async () => {
    await expectAll('allow', ['rm -rf x', '$X', 'a "', 'x > /y'], ['allow bash(*)'])
    await expectAll('ask', ['$X', 'a "', 'odd'], ['allow bash(*)', 'ask bash(odd *)'])
  })

  it('of a command that only reads comes with what to run, by the mode only where it reads', async () => {
    const decision = await decideOn('cat a.txt')
    expect(decision).to.deep.include({verdict: 'allow', why: 'reads'})
    expect(decision).to.have.nested.property('run.lists[0].pipeline[0].program', '/usr/bin/cat')
    expect(await verdictOf('cat a.txt', [], {mode: 'plan'})).to.equal('allow')
    expect(await decideOn('npm test', ['allow bash(npm test)'], {mode: 'plan'})).to.deep.equal({
      verdict: 'deny',
      by: 'mode',
      why: 'plan mode: only reading is allowed now',
    })
    expect(await verdictOf('npm test', [], {mode: 'accept-edits'})).to.equal('ask')
    expect(await verdictOf('npm test', [], {mode: 'bypass'})).to.equal('allow')
    expect(await verdictOf('npm test', ['ask bash(npm *)'], {mode: 'bypass'})).to.equal('ask')
    expect((await decideOn('npm test', [], {judge: undefined})).verdict).to.equal('ask')
    expect(await decideOn('npm test > a/../out.txt', ['allow bash(npm test)'])).to.deep.equal({
      verdict: 'ask',
      why: `it writes ${box.project}/out.txt`,
    })
  })

  it('of a line takes a part that only reads beside one that a rule allows', async () => {
    const rules = ['allow bash(npm test *)']
    await expectAll('allow', ['npm test 2>&1 | tail -20', 'cd sub && npm test | cat', 'ls; npm test'], rules)
    await expectAll(
      'ask',
      ['npm test | tail $X', 'npm test | ./tail', 'npm test | A=1 cat', 'npm test | cat > /x', 'ls & cat'],
      rules,
    )
    // The shell would find another program than the one that was judged.
    box.write('home/project/bin/tail', '#!/bin/sh\n')
    const planted = path.join(box.project, 'bin', 'tail')
    writeFileSync(planted, '#!/bin/sh\n', {mode: 0o755})
    const {chmodSync} = await import('node:fs')
    chmodSync(planted, 0o755)
    for (const searchPath of [`${box.project}/bin:/usr/bin`, './bin:/usr/bin', ':/usr/bin']) {
      expect(await verdictOf('npm test | tail -20', rules, {searchPath}), searchPath).to.equal('ask')
    }
  })

  it('obeys rules of reading for files that are named in it', async () => {
    mkdirSync(path.join(box.project, 'keys'))
    writeFileSync(path.join(box.project, 'keys', 'a'), '')
    symlinkSync(path.join(box.project, 'keys'), path.join(box.project, 'k'))
    const commands = [
      'cat keys/a',
      'cat ./sub/../keys/a',
      'cat k/a',
      'cp -t/tmp keys/a',
      'curl -d @keys/a x',
      'x --file=keys/a',
      'git show HEAD:keys/a',
      'cd keys && cat a',
      'x < keys/a',
      "sh -c 'cat keys/a'",
      `cat ${box.project}/keys/a`,
    ]
    await expectAll('deny', commands, ['deny read(keys/**)', 'allow bash(*)'])
    await expectAll('ask', commands, ['ask read(keys/**)', 'allow bash(*)'])
    await expectAll('allow', ['cat a.txt'], ['deny read(keys/**)'])
    expect(await verdictOf('ls -R', ['deny read(keys/**)'])).to.equal('deny')
    expect(await verdictOf('ls', ['deny read(keys/**)'])).to.equal('allow')
  })

  it('where nobody can be asked is denied, with the rule that would have given it', async () => {
    expect(await decideOn('npm test', [], {interactive: false})).to.deep.equal({
      verdict: 'deny',
      by: 'run',
      why: 'not allowed in this run',
      hint: 'bash(npm test)',
    })
    const asked = await decideOn('npm test', ['ask bash(npm *)'], {interactive: false})
    expect(asked).to.deep.include({verdict: 'deny', by: 'run'}).and.not.have.property('hint')
    expect(await decideOn('rm x', ['deny bash(rm *)'], {interactive: false})).to.deep.include({by: 'rule'})
  })

  it('is decided for every text, and a long one does not take long', async () => {
    const piece = fc.constantFrom(
      ...'a \'"\\$`(){}[]<>|&;\n=*?~#!'.split(''),
      'sudo',
      'cd',
      'eval',
      'xargs',
      '<<E',
      '\u202e',
      '\0',
    )
    const rules = ['deny bash(git push *)', 'deny read(x)', 'allow bash(* *)', 'ask edit(*)']
    await fc.assert(
      fc.asyncProperty(fc.array(piece, {maxLength: 30}), async (pieces) => {
        expect(verdicts).to.include(await verdictOf(pieces.join(''), rules))
      }),
      {numRuns: runs(2000, 200)},
    )
    for (const unit of ['xargs ', 'a ', 'sudo a ', '$(', 'a;', 'cd sub;', "sh -c 'a' "]) {
      await verdictOf(unit.repeat(20_000 / unit.length), ['deny bash(git push *)', 'deny read(x)'])
    }
  }).timeout(60_000)

  it('in the home directory needs a rule, and rules hold there', async () => {
    const workspace = openWorkspace({cwd: box.home, env: box.env})
    expect(await verdictOf('npm test', ['allow bash(npm test)'], {workspace}, box.home)).to.equal('allow')
  })
})

function literally(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
