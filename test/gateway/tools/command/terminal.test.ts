import {spawn, spawnSync} from 'node:child_process'
import {readdir, readFile, stat, writeFile} from 'node:fs/promises'
import path from 'node:path'
import {expect} from 'chai'
import {isWindows} from '../../../../src/platform.js'
import {type Bench, createBench, isAlive, until} from '../helpers.js'

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

  it('does not run what was not allowed, and says what was said', async () => {
    bench.answer = () => false
    expect(await bench.run('terminal', {command: 'touch made'})).to.deep.equal({
      error: 'terminal: the person did not allow this',
      denied: true,
    })
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
      const {startCommand} = await import(${JSON.stringify(new URL('../../../../src/gateway/tools/command/process-group.ts', import.meta.url).href)})
      await startCommand({command: {shell: 'echo $$ > leader; sleep 600 & echo $! > child; wait'}, cwd: process.argv[1], env: process.env, onOutput: () => {}})
    `
    const register = new URL('../../../register.mjs', import.meta.url).href
    const host = spawn(process.execPath, ['--import', register, '--input-type=module', '-e', script, bench.cwd], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    const pids = [await pidIn('leader'), await pidIn('child')]
    host.kill('SIGKILL')
    for (const pid of pids) await until(async () => !(await isAlive(pid)), `the end of ${pid}`)
  })

  describe('with a mark', () => {
    const ways: Record<string, (command: string) => string> = {
      'a session of its own': (command) => `setsid ${command} &`,
      nohup: (command) => `nohup ${command} >/dev/null 2>&1 &`,
      'a double fork': (command) => `(setsid sh -c '${command} & ' &)`,
      'a session within a session': (command) => `setsid setsid sh -c '${command}' &`,
      'another environment': (command) => `env FOO=1 setsid ${command} &`,
    }
    const leave = (name: string) =>
      Object.values(ways)
        .map((way, index) => way(`sh -c "echo \\$\\$ > ${name}${index}; exec sleep 600"`))
        .join('\n')
    const left = (name: string) => Promise.all(Object.keys(ways).map((_, index) => pidIn(`${name}${index}`)))
    const gone = async (pids: readonly number[]) => {
      for (const pid of pids) await until(async () => !(await isAlive(pid)), `the end of ${pid}`)
    }
    before(function () {
      if (process.platform !== 'linux' || spawnSync('setsid', ['true']).status !== 0) this.skip()
    })
    beforeEach(() => {
      const mark = `${process.pid}-/${path.basename(bench.cwd)}/0`
      bench.context.command = () => ({mark, keep: {file: path.join(bench.cwd, 'kept', 'out.txt'), maxBytes: 1_000_000}})
    })

    it('ends what left the group, in any way, with a command that is interrupted', async () => {
      const running = bench.run('terminal', {command: `${leave('gone')}\nsleep 600`})
      const pids = await left('gone')
      bench.stop.abort()
      expect(await running).to.deep.include({interrupted: true})
      await gone(pids)
    })

    it('ends it after the timeout too, also where it ignores SIGTERM', async () => {
      const command = `setsid sh -c 'trap "" TERM; echo $$ > stubborn; while :; do sleep 0.1; done' &\n${leave('late')}\nsleep 600`
      const running = bench.run('terminal', {command, timeout: 1})
      const pids = [await pidIn('stubborn'), ...(await left('late'))]
      expect(await running).to.deep.include({timed_out: true})
      await gone(pids)
    })

    it('tells what goes on after a command that ended by itself', async () => {
      const result = await bench.run('terminal', {
        command: `${leave('stays')}\nwhile [ ! -s stays4 ]; do sleep 0.01; done`,
      })
      const pids = await left('stays')
      const told = result.left_running as {pid: number; command: string}[]
      expect(told.map(({pid}) => pid)).to.include.members(pids)
      expect(told.find(({pid}) => pid === pids[0])?.command).to.equal('sleep 600')
      expect(result.exit_code).to.equal(0)
      const {endMarked} = await import('../../../../src/gateway/tools/command/marked.js')
      await endMarked((mark) => mark.includes(path.basename(bench.cwd)), Promise.resolve())
      await gone(pids)
    })

    it('takes it along when its own process is killed', async () => {
      const script = `
        const {startCommand} = await import(${JSON.stringify(new URL('../../../../src/gateway/tools/command/process-group.ts', import.meta.url).href)})
        await startCommand({command: {shell: process.argv[2]}, cwd: process.argv[1], env: process.env, mark: '1-2/' + process.argv[1].split('/').pop() + '/3', onOutput: () => {}})
      `
      const register = new URL('../../../register.mjs', import.meta.url).href
      const words = ['--import', register, '--input-type=module', '-e', script, bench.cwd, `${leave('host')}\nwait`]
      const host = spawn(process.execPath, words, {stdio: ['ignore', 'ignore', 'inherit']})
      const pids = await left('host')
      host.kill('SIGKILL')
      await gone(pids)
    })

    it('keeps the whole of a long output in a file, and none of one that is told in full', async () => {
      const long = await bench.run('terminal', {command: 'seq 1 100000'})
      expect(long.output_file).to.equal(path.join(bench.cwd, 'kept', 'out.txt'))
      const whole = Array.from({length: 100_000}, (_, index) => `${index + 1}\n`).join('')
      expect(await readFile(String(long.output_file), 'utf8')).to.equal(whole)
      expect((await stat(String(long.output_file))).mode & 0o777).to.equal(0o600)
      // The next of the same name goes beside it.
      const next = await bench.run('terminal', {command: 'head -c 2000000 /dev/zero'})
      expect(next.output_file).to.equal(path.join(bench.cwd, 'kept', 'out-2.txt'))
      expect(next).to.deep.include({total_bytes: 2_000_000, output_file_bytes: 1_000_000})
      expect((await stat(String(next.output_file))).size).to.equal(1_000_000)
      await bench.run('terminal', {command: 'echo short'})
      expect((await readdir(path.join(bench.cwd, 'kept'))).sort()).to.deep.equal(['out-2.txt', 'out.txt'])
    })

    it('says why an output is not kept, and tells the rest all the same', async () => {
      await writeFile(path.join(bench.cwd, 'kept'), 'a file where the folder should be')
      const long = await bench.run('terminal', {command: 'seq 1 100000'})
      expect(long).to.deep.include({exit_code: 0, truncated: true})
      expect(long.output_not_kept).to.match(/EEXIST|ENOTDIR/)
    })
  })

  it('leaves no process behind after a command that ends by itself, not even a zombie', async () => {
    await bench.run('terminal', {command: 'ps -o pgid= -p $$ > group'})
    const group = await pidIn('group')
    const {stdout} = spawnSync('ps', ['-eo', 'pgid='], {encoding: 'utf8'})
    const groups = stdout.split('\n').map(Number)
    expect(groups.length).to.be.greaterThan(2)
    expect(groups).not.to.include(group)
  })
})
