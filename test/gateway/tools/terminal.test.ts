import {spawn, spawnSync} from 'node:child_process'
import {readFile} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'
import fc from 'fast-check'
import {BoundedOutput} from '../../../src/gateway/tools/bounded-output.js'
import {isReadOnly, patternKeyOf} from '../../../src/gateway/tools/command-policy.js'
import {commandEnv} from '../../../src/gateway/tools/terminal.js'
import {isWindows} from '../../../src/platform.js'
import {type Bench, createBench, isAlive, until} from './helpers.js'

describe('terminal', () => {
  let bench: Bench

  before(function () {
    if (isWindows) this.skip()
  })
  beforeEach(async () => {
    bench = await createBench()
  })
  afterEach(() => bench.cleanUp())

  const pidIn = async (name: string): Promise<number> => {
    const file = path.join(bench.cwd, name)
    const read = () => readFile(file, 'utf8').catch(() => '')
    await until(async () => (await read()).trim() !== '', `a pid in ${name}`)
    return Number(await read())
  }

  it('returns output of both streams and the exit code', async () => {
    const result = await bench.run('terminal', {command: 'echo out; echo err >&2; pwd; exit 3'})
    expect(result).to.deep.equal({output: `out\nerr\n${bench.cwd}\n`, exit_code: 3})
    expect(bench.asked).to.have.length(1)
    expect(bench.asked[0]?.access).to.deep.include({command: 'echo out; echo err >&2; pwd; exit 3'})
  })

  it('asks for what may change something and not for what plainly reads', async () => {
    expect(await bench.run('terminal', {command: 'pwd'})).to.deep.equal({output: `${bench.cwd}\n`, exit_code: 0})
    expect(bench.asked).to.deep.equal([])
    bench.answer = () => false
    expect(await bench.run('terminal', {command: 'touch made'})).to.deep.include({denied: true})
    expect((await bench.run('list_files', {})).entries).to.deep.equal([])
  })

  it('gives the exit code that a shell gives for a signal', async () => {
    expect(await bench.run('terminal', {command: 'kill -TERM $$'})).to.deep.include({exit_code: 143})
  })

  it('gives it no input and no terminal', async () => {
    expect(await bench.run('terminal', {command: 'cat; test -t 1 || echo none'})).to.deep.include({output: 'none\n'})
  })

  it('strips control sequences, and cuts long output in the middle', async () => {
    expect(await bench.run('terminal', {command: 'printf "\\033[31mred\\033[0m"'})).to.deep.include({output: 'red'})
    const unfinished = await bench.run('terminal', {command: 'printf "a\\033]0;title\\nb\\033[2Jc"'})
    expect(unfinished).to.deep.include({output: 'a\nbc'})
    const long = await bench.run('terminal', {command: 'seq 1 200000'})
    expect(long.truncated).to.equal(true)
    expect(long.total_bytes).to.equal(1_288_895)
    expect(long.output).to.match(/^1\n2\n[\s\S]*bytes left out[\s\S]*\n200000\n$/)
    expect(String(long.output).length).to.be.lessThan(42_000)
  })

  it('says when the directory or the command is not there', async () => {
    expect((await bench.run('terminal', {command: 'pwd', cwd: 'none'})).error).to.match(
      /directory .*none does not exist/,
    )
    expect((await bench.run('terminal', {command: '   '})).error).to.match(/empty/)
    const missing = await bench.run('terminal', {command: 'no-such-program-here'})
    expect(missing.exit_code).to.equal(127)
    expect(missing.output).to.match(/not found/)
  })

  it('ends the command and all that it started when the turn is interrupted', async () => {
    const command = 'sleep 600 & echo $! > child; (trap "" TERM; echo begun; exec sleep 600) & echo $! > stubborn; wait'
    const running = bench.run('terminal', {command})
    const pids = [await pidIn('child'), await pidIn('stubborn')]
    for (const pid of pids) expect(await isAlive(pid)).to.equal(true)
    bench.stop.abort()
    const result = await running
    expect(result).to.deep.include({interrupted: true})
    for (const pid of pids) await until(async () => !(await isAlive(pid)), `the end of ${pid}`)
  })

  it('ends it after the timeout, with what it had said', async () => {
    const result = await bench.run('terminal', {command: 'echo before; sleep 600 & echo $! > child; wait', timeout: 1})
    expect(result).to.deep.include({output: 'before\n', timed_out: true})
    expect(result.error).to.match(/after 1 s/)
    const child = await pidIn('child')
    await until(async () => !(await isAlive(child)), 'the end of the child')
  })

  it('does not wait for what a command leaves in the background', async () => {
    const result = await bench.run('terminal', {command: 'sleep 600 & echo $! > child; echo done'})
    expect(result).to.deep.equal({output: 'done\n', exit_code: 0})
    const child = await pidIn('child')
    expect(await isAlive(child), 'it was started on purpose').to.equal(true)
    process.kill(child, 'SIGKILL')
  })

  it('takes the command along when its own process is killed', async () => {
    const script = `
      const {startCommand} = await import(${JSON.stringify(new URL('../../../src/gateway/tools/process-group.ts', import.meta.url).href)})
      await startCommand({command: 'echo $$ > leader; sleep 600 & echo $! > child; wait', cwd: process.argv[1], env: process.env, onOutput: () => {}})
    `
    const register = new URL('../../register.mjs', import.meta.url).href
    const host = spawn(process.execPath, ['--import', register, '--input-type=module', '-e', script, bench.cwd], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    const pids = [await pidIn('leader'), await pidIn('child')]
    host.kill('SIGKILL')
    for (const pid of pids) await until(async () => !(await isAlive(pid)), `the end of ${pid}`)
  })

  it('leaves no process behind after a command that ends by itself, not even a zombie', async () => {
    await bench.run('terminal', {command: 'ps -o pgid= -p $$ > group'})
    const group = await pidIn('group')
    const {stdout} = spawnSync('ps', ['-eo', 'pgid='], {encoding: 'utf8'})
    const groups = stdout.split('\n').map(Number)
    expect(groups.length).to.be.greaterThan(2)
    expect(groups).not.to.include(group)
  })

  it('hides the keys of providers from commands', () => {
    const env = commandEnv({PATH: '/bin', OPENAI_API_KEY: 'a', HERMES_MINE_API_KEY: 'b', OTHER_API_KEY: 'c'})
    expect(env)
      .to.include({PATH: '/bin', OTHER_API_KEY: 'c'})
      .and.not.have.any.keys('OPENAI_API_KEY', 'HERMES_MINE_API_KEY')
  })
})

describe('command policy', () => {
  it('lets plain readers run', () => {
    for (const command of [
      'ls',
      'ls -la src',
      'cat a.txt b.txt',
      'pwd',
      'head -n 5 a',
      'tail -20 a',
      'wc -l *.ts',
      'echo hello',
      "grep -rn 'two words' src",
      'rg -n "a b" src',
      'git status',
      'git status --short',
      'git diff --stat HEAD~1',
      'git log --oneline -n 5',
    ]) {
      expect(isReadOnly(command), command).to.equal(true)
    }
  })

  it('asks for everything else', () => {
    for (const command of [
      '',
      'rm a',
      'ls; rm a',
      'ls && rm a',
      'ls | sh',
      'ls & rm a',
      'cat a > b',
      'cat < a',
      'echo $(rm a)',
      'echo `rm a`',
      'echo $HOME',
      'echo "$(rm a)"',
      'ls\nrm a',
      'ls \\\nrm',
      'A=b ls',
      '/tmp/evil/ls',
      './ls',
      '"ls" a',
      'ls {a,b}',
      'tail -f log',
      'rg --pre ./evil x',
      'rg -z x',
      'git push',
      'git',
      'git -c core.pager=evil log',
      'git diff --output=file',
      'git log --output file',
      'git diff --ext-diff',
      'git -C /x status',
      'git statusx',
      "echo 'open",
      'find . -delete',
      'sort -o a a',
      'constructor',
    ]) {
      expect(isReadOnly(command), command).to.equal(false)
    }
  })

  it('never lets shell syntax through, wherever it stands', () => {
    const syntax = fc.constantFrom(';', '|', '&', '$', '`', '(', ')', '<', '>', '\n', '\\', '!', '{', '}', '#', '\r')
    const word = fc.stringMatching(/^[a-z./-]{0,8}$/)
    fc.assert(
      fc.property(fc.constantFrom('ls', 'cat', 'git log', 'grep'), word, syntax, word, (program, a, mark, b) => {
        // A line break at the end alone is no second command.
        fc.pre(!(b === '' && /\s/.test(mark)))
        expect(isReadOnly(`${program} ${a}${mark}${b}`)).to.equal(false)
      }),
    )
  })

  it('lets an approval cover the program of a plain command, and only the very text of any other', () => {
    expect(patternKeyOf('npm test')).to.equal('npm')
    expect(patternKeyOf('  npm   run build ')).to.equal('npm')
    for (const command of ['cd x && rm -rf y', 'sudo rm a', 'bash -c ls', 'A=b npm test', 'echo $HOME', 'env rm a']) {
      expect(patternKeyOf(command), command).to.equal(command)
    }
  })
})

describe('bounded output', () => {
  it('is the output itself while it is short, and its two ends when it is not', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z]{0,9}$/), {maxLength: 30}), (chunks) => {
        const output = new BoundedOutput(20, 30)
        for (const chunk of chunks) output.push(Buffer.from(chunk))
        const whole = chunks.join('')
        expect(output.total).to.equal(whole.length)
        if (whole.length <= 50) expect(output.toString()).to.equal(whole)
        else {
          expect(output.truncated).to.equal(true)
          expect(output.toString().startsWith(`${whole.slice(0, 20)}\n`)).to.equal(true)
          expect(output.toString().endsWith(`\n${whole.slice(-30)}`)).to.equal(true)
          expect(output.toString()).to.contain(`[${whole.length - 50} of ${whole.length} bytes left out]`)
        }
      }),
    )
  })

  it('does not cut characters', () => {
    const output = new BoundedOutput(10, 10)
    output.push(Buffer.from('€'.repeat(100)))
    expect(output.toString()).not.to.contain('\ufffd')
  })
})
