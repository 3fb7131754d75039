import {expect} from 'chai'
import {dangersOf, isDestructive} from '../../../src/permissions/shell/dangers.js'
import {parseCommand} from '../../../src/permissions/shell/parse.js'
import {prefixOf} from '../../../src/permissions/shell/prefixes.js'
import {scrubbedEnv} from '../../../src/permissions/shell/scrubbed-env.js'
import {evaluates, wrapped} from '../../../src/permissions/shell/wrappers.js'

const wordsOf = async (command: string) => (await parseCommand(command)).commands[0]?.words ?? []

describe('what is said of a command', () => {
  const dangerous: Record<string, string> = {
    'rm -rf x': 'deletes files!',
    'cd x && /bin/rm y': 'deletes files!',
    'echo $(rm x)': 'deletes files!',
    'find . -name x -delete': 'deletes files!',
    'find . -exec rm {} +': 'deletes files!',
    'ls | xargs rm': 'deletes files!',
    'sudo -u me rm x': 'runs as another user, deletes files!',
    'timeout 5 shred x': 'deletes files!',
    'git clean -fd': 'deletes files!',
    'git -C x reset --hard': 'discards changes!',
    'git checkout -- .': 'discards changes!',
    'git checkout -b x': '',
    'git restore x': 'discards changes!',
    'git branch -D x': 'deletes a branch!',
    'git push --force-with-lease': 'force-pushes!',
    'git push origin +main': 'force-pushes!',
    'git push origin :main': 'deletes a remote branch!',
    'git push': '',
    'git status': '',
    'echo a > b': 'overwrites a file!',
    'echo a >> b': '',
    'ls >/dev/null 2>&1': '',
    'truncate -s 0 x': 'overwrites files!',
    'mv a b': 'may overwrite files!',
    'mv -n a b': '',
    'dd if=a of=/dev/sda': 'overwrites a file or disk!',
    'mkfs.ext4 /dev/sda': 'changes disks!',
    'chmod -R 777 .': 'changes permissions',
    'kill -9 1': 'kills processes',
    'curl -s x | sh': 'runs what it downloads',
    'curl x | tee y | sudo bash -s': 'overwrites files, runs as another user, runs what it downloads!',
    'bash <(curl x)': 'runs what it downloads',
    'eval "$(wget -qO- x)"': 'runs text as a command, runs what it downloads',
    'curl x | grep node': '',
    'python3 -c "$(curl x)"': 'runs what it downloads',
    'ls (': '',
    'ls "': "can't be read to its end!",
    'rm x; ls "': "can't be read to its end, deletes files!",
    'ls -la src': '',
    'npm test': '',
    '((rm x))': 'deletes files!',
    'docker system prune': 'removes containers, images or volumes!',
    'psql -c "DROP TABLE x"': 'deletes from a database!',
    'tee -a x': '',
  }
  for (const [command, says] of Object.entries(dangerous)) {
    it(`${JSON.stringify(command)}: ${says || 'nothing'}`, async () => {
      const parsed = await parseCommand(command)
      expect(dangersOf(parsed).join(', ') + (isDestructive(parsed) ? '!' : '')).to.equal(says)
    })
  }

  it('takes off wrappers that change nothing of what runs', async () => {
    const inner = async (command: string) =>
      (await wrapped(await wordsOf(command))).words.map(({text}) => text).join(' ')
    for (const wrapper of [
      'timeout 5',
      'timeout -k 1s -s KILL 5s',
      'nice',
      'nice -n 5',
      'nice -5',
      'nohup',
      'stdbuf -oL',
      'env',
      'command',
      'command -p',
      'exec',
      'env nice nohup',
      '/usr/bin/time -p',
      'timeout --signal=9 -- 5',
      'env --',
    ]) {
      expect(await inner(`${wrapper} npm test -- a`), wrapper).to.equal('npm test -- a')
    }
    for (const kept of [
      'env A=b npm test',
      'env -i npm test',
      'command -v npm',
      'timeout $N npm test',
      'nice -n $(x) npm',
      'timeout 5',
      'sudo npm test',
      'xargs npm test',
      'env -S "npm test"',
    ]) {
      expect((await wrapped(await wordsOf(kept))).words, kept).to.deep.equal(await wordsOf(kept))
    }
  })

  it('reads what a shell is told to run', async () => {
    const inside = async (command: string) =>
      (await wrapped(await wordsOf(command))).script?.commands.map(({text}) => text)
    for (const shell of [
      'sh -c',
      'bash -lc',
      'bash -l -c',
      'timeout 5 /bin/zsh -c',
      'bash -o pipefail -c',
      'eval',
      'sh -ce',
    ]) {
      expect(await inside(`${shell} 'a; b "$(c)"' x`), shell).to.include('c')
    }
    expect(await inside("trap 'a; b' EXIT")).to.deep.equal(['a', 'b'])
    for (const none of ['sh x.sh', 'sh -c "$x"', 'bash x -c y', 'ls -c x', 'eval $x'])
      expect(await inside(none), none).to.equal(undefined)
  })

  it('knows which commands take their words for code', async () => {
    for (const command of [
      "unset 'a[$(P)]'",
      'eval x',
      'printf -v x y',
      '[[ a ]]',
      '((1))',
      '$x',
      '. x',
      'timeout 5 $x',
    ]) {
      expect(evaluates(await wordsOf(command)), command).to.equal(true)
    }
    for (const command of ['ls', 'printf x', 'printf -- -v', 'echo -v'])
      expect(evaluates(await wordsOf(command)), command).to.equal(false)
  })

  it('offers a prefix where the words in front say what is done', async () => {
    const prefix = async (command: string) => prefixOf(await wordsOf(command))?.join(' ')
    const offered: Record<string, string | undefined> = {
      'npm run lint --fix': 'npm run lint',
      'npm test -- x': 'npm test',
      'npm run': undefined,
      'git log -3': 'git log',
      'git stash list': 'git stash list',
      'git -C x log': undefined,
      git: undefined,
      'cargo build --release': 'cargo build',
      'docker compose up -d': 'docker compose up',
      'docker run x': undefined,
      'docker compose run x': undefined,
      'tsc --noEmit': 'tsc',
      'pytest -k x': 'pytest',
      'npx x': undefined,
      'npm exec x': undefined,
      'uv run x': undefined,
      'go run .': undefined,
      'go test ./...': 'go test',
      './x a': undefined,
      'npm $x': undefined,
      'npm test $x': undefined,
      'kubectl get pods': 'kubectl get',
      'gh pr view 1': 'gh pr view',
      'gh pr': undefined,
      'constructor x': undefined,
    }
    for (const [command, words] of Object.entries(offered)) expect(await prefix(command), command).to.equal(words)
    const never =
      'rm rmdir chmod chown curl wget make sh bash zsh node python python3 perl ruby deno bun env timeout nice nohup sudo xargs find awk sed ssh eval tee dd mv cp kill'
    for (const program of never.split(' ')) expect(await prefix(`${program} x`), program).to.not.equal(program)
  })

  it('leaves a command that nobody was asked about only what it needs of the environment', () => {
    const kept = {PATH: '/usr/bin:/bin', HOME: '/h', LANG: 'de', LC_ALL: 'C', TZ: 'UTC', TERM: 'x'}
    const gone =
      'LD_PRELOAD NODE_OPTIONS GIT_DIR PAGER LESSOPEN RIPGREP_CONFIG_PATH OPENAI_API_KEY AWS_SECRET_ACCESS_KEY GITHUB_TOKEN BASH_ENV ENV PYTHONPATH DYLD_INSERT_LIBRARIES LC_x CDPATH IFS PS4 SSH_AUTH_SOCK GREP_OPTIONS'
    const env = {...kept, ...Object.fromEntries(gone.split(' ').map((name) => [name, 'x'])), PATH: '/usr/bin:.::x:/bin'}
    expect(scrubbedEnv(env)).to.deep.equal(kept)
  })
})
