import {appendFileSync, chmodSync, existsSync, mkdirSync, renameSync, utimesSync} from 'node:fs'
import path from 'node:path'
import {createRepository, type Lab} from './lab.js'

/** A way in which a repository names a program, and commands of which plain git runs it. */
export interface HookUp {
  name: string
  /** Puts it into a repository; `canary` is what must not run. */
  put(at: {lab: Lab; repository: string; canary: string}): void
  /** At least one runs it, where this git knows the hook-up. */
  runs: readonly string[]
  /** Only newer versions know it. */
  newer?: true
}

const config =
  (...settings: [key: string, value: string][]): HookUp['put'] =>
  ({lab, repository, canary}) => {
    for (const [key, value] of settings) lab.git(repository, 'config', key, value.replace('CANARY', canary))
  }

const attributed =
  (attributes: string, ...settings: [key: string, value: string][]): HookUp['put'] =>
  (at) => {
    appendFileSync(path.join(at.repository, '.gitattributes'), `${attributes}\n`)
    config(...settings)(at)
  }

const hook = (lab: Lab, folder: string, canary: string) => {
  const file = lab.sandbox.write(relative(lab, folder, 'post-index-change'), `#!/bin/sh\n${canary} </dev/null\n`)
  chmodSync(file, 0o755)
}

const inSubmodule =
  (put: HookUp['put']): HookUp['put'] =>
  ({lab, repository, canary}) => {
    if (!existsSync(path.join(repository, 'module'))) addSubmodule(lab, repository)
    const module = path.join(repository, 'module')
    lab.sandbox.write(relative(lab, module, 'a.txt'), 'ONE\nTWO of both\nthree\n')
    put({lab, repository: module, canary})
  }

function addSubmodule(lab: Lab, repository: string): void {
  const origin = `${repository}-origin`
  createRepository(lab, origin)
  lab.git(repository, 'submodule', '--quiet', 'add', origin, 'module')
  lab.git(repository, 'config', '--file', '.gitmodules', 'submodule.module.ignore', 'none')
  lab.git(repository, 'config', 'submodule.module.ignore', 'none')
  lab.git(repository, 'add', '.')
  lab.git(repository, 'commit', '-qm', 'with a submodule')
}

const promised =
  (...settings: [key: string, value: string][]): HookUp['put'] =>
  (at) => {
    config(['core.repositoryformatversion', '1'], ['extensions.partialClone', 'origin'], ...settings)(at)
    const {lab, repository} = at
    const blob = lab.git(repository, 'rev-parse', 'HEAD:a.txt').trim()
    const object = path.join(repository, '.git', 'objects', blob.slice(0, 2), blob.slice(2))
    renameSync(object, `${object}.gone`)
  }

function relative(lab: Lab, folder: string, name: string): string {
  return path.relative(lab.sandbox.directory, path.join(folder, name))
}

export const hookUps: readonly HookUp[] = [
  {
    name: 'core.fsmonitor',
    put: config(['core.fsmonitor', 'CANARY']),
    runs: ['status', 'diff', 'describe --dirty', 'ls-files -m'],
  },
  {
    name: 'include.path',
    put: (at) => {
      at.lab.git(at.repository, 'config', '--file', '.git/more', 'core.fsmonitor', at.canary)
      config(['include.path', 'more'])(at)
    },
    runs: ['status'],
  },
  {
    name: 'includeIf onbranch',
    put: (at) => {
      at.lab.git(at.repository, 'config', '--file', '.git/more', 'core.fsmonitor', at.canary)
      config(['includeIf.onbranch:**.path', 'more'])(at)
    },
    runs: ['status'],
  },
  {
    name: 'config.worktree',
    put: (at) => {
      config(['extensions.worktreeConfig', 'true'])(at)
      at.lab.git(at.repository, 'config', '--worktree', 'core.fsmonitor', at.canary)
    },
    runs: ['status'],
  },
  {name: 'diff.external', put: config(['diff.external', 'CANARY']), runs: ['diff', 'log -p --ext-diff']},
  {name: 'diff.x.command', put: attributed('*.txt diff=x', ['diff.x.command', 'CANARY']), runs: ['diff']},
  {
    name: 'diff.x.textconv',
    put: attributed('*.txt diff=x', ['diff.x.textconv', 'CANARY']),
    runs: ['diff', 'log -p', 'show HEAD~1', 'blame a.txt', 'cat-file --textconv HEAD:a.txt', 'grep --textconv one'],
  },
  {
    name: 'textconv with a cache',
    put: attributed('*.txt diff=x', ['diff.x.textconv', 'CANARY'], ['diff.x.cachetextconv', 'true']),
    runs: ['diff'],
  },
  {
    name: 'info/attributes',
    put: (at) => {
      at.lab.sandbox.write(relative(at.lab, at.repository, '.git/info/attributes'), '*.txt diff=x filter=x\n')
      config(['diff.x.textconv', 'CANARY'])(at)
    },
    runs: ['diff', 'log -p'],
  },
  {
    name: 'core.attributesFile',
    put: (at) => {
      const file = at.lab.sandbox.write(relative(at.lab, at.repository, '.git/attrs'), '*.txt diff=x\n')
      config(['core.attributesFile', file], ['diff.x.textconv', 'CANARY'])(at)
    },
    runs: ['diff'],
  },
  {
    name: 'filter.x.clean',
    put: attributed('*.txt filter=x', ['filter.x.clean', 'CANARY']),
    runs: ['status', 'diff', 'diff --stat', 'blame a.txt'],
  },
  {
    name: 'filter.x.process',
    put: attributed('*.txt filter=x', ['filter.x.process', 'CANARY']),
    runs: ['status', 'diff'],
  },
  {
    name: 'filter.x.smudge',
    put: attributed('*.txt filter=x', ['filter.x.smudge', 'CANARY']),
    runs: ['cat-file --filters HEAD:a.txt'],
  },
  {
    name: 'a filter whose name holds = and .',
    put: attributed('*.txt filter=x.y=z', ['filter.x.y=z.clean', 'CANARY'], ['filter.x.y=z.required', 'true']),
    runs: ['status'],
  },
  {
    name: 'gpg.program',
    put: (at) => {
      signed(at.lab, at.repository)
      config(['log.showSignature', 'true'])(at)
      at.lab.git(at.repository, 'config', 'gpg.program', script(at.lab, at.repository, at.canary))
    },
    runs: ['log', 'show', 'log --format=%G?', 'log --show-signature'],
  },
  {
    name: 'gpg.ssh.program',
    put: (at) => {
      signed(at.lab, at.repository, 'SSH SIGNATURE')
      const keys = at.lab.sandbox.write(relative(at.lab, at.repository, '.git/keys'), '')
      config(['log.showSignature', 'true'], ['gpg.ssh.allowedSignersFile', keys])(at)
      at.lab.git(at.repository, 'config', 'gpg.ssh.program', script(at.lab, at.repository, at.canary))
    },
    runs: ['log'],
  },
  {
    name: 'a format of the repository that verifies',
    put: (at) => {
      signed(at.lab, at.repository)
      config(['format.pretty', 'mine'], ['pretty.mine', 'format:%G? %s'])(at)
      at.lab.git(at.repository, 'config', 'gpg.program', script(at.lab, at.repository, at.canary))
    },
    runs: ['log', 'show'],
  },
  {
    name: '.git/hooks/post-index-change',
    put: ({lab, repository, canary}) => hook(lab, path.join(repository, '.git/hooks'), canary),
    runs: ['status', 'diff'],
  },
  {
    name: 'core.hooksPath',
    put: (at) => {
      hook(at.lab, path.join(at.repository, 'mine'), at.canary)
      config(['core.hooksPath', 'mine'])(at)
    },
    runs: ['status', 'diff'],
  },
  {
    name: 'hook.x.command',
    put: config(['hook.x.event', 'post-index-change'], ['hook.x.command', 'CANARY']),
    runs: ['status', 'diff'],
    newer: true,
  },
  {
    name: 'merge.x.driver',
    put: attributed('*.txt merge=x', ['merge.x.driver', 'CANARY'], ['log.diffMerges', 'remerge']),
    runs: ['log --remerge-diff', 'show --remerge-diff', 'log -p -m'],
  },
  {
    name: 'core.alternateRefsCommand',
    put: (at) => {
      at.lab.git(at.repository, 'clone', '-q', '--bare', '.', '.git/other')
      at.lab.sandbox.write(
        relative(at.lab, at.repository, '.git/objects/info/alternates'),
        `${at.repository}/.git/other/objects\n`,
      )
      config(['core.alternateRefsCommand', 'CANARY'])(at)
    },
    runs: ['log --alternate-refs'],
  },
  {
    name: 'a promisor with uploadpack',
    put: (at) =>
      promised(
        ['remote.origin.url', '.'],
        ['remote.origin.promisor', 'true'],
        ['remote.origin.uploadpack', script(at.lab, at.repository, at.canary)],
      )(at),
    runs: ['log -p', 'show HEAD:a.txt'],
  },
  {
    name: 'a promisor by ext::',
    put: (at) =>
      promised(
        ['remote.origin.url', `ext::${script(at.lab, at.repository, at.canary)}`],
        ['remote.origin.promisor', 'true'],
        ['protocol.ext.allow', 'always'],
      )(at),
    runs: ['log -p', 'show HEAD:a.txt'],
  },
  {
    name: 'a promisor by core.sshCommand',
    put: (at) =>
      promised(
        ['remote.origin.url', 'ssh://host/x'],
        ['remote.origin.promisor', 'true'],
        ['core.sshCommand', script(at.lab, at.repository, at.canary)],
      )(at),
    runs: ['log -p', 'show HEAD:a.txt'],
  },
  {
    name: 'core.fsmonitor of a submodule',
    put: inSubmodule(config(['core.fsmonitor', 'CANARY'])),
    runs: ['status', 'diff', 'describe --dirty', 'status -vv'],
  },
  {
    name: 'a filter of a submodule',
    put: inSubmodule(attributed('*.txt filter=x', ['filter.x.clean', 'CANARY'])),
    runs: [
      'status',
      'diff',
      'describe --dirty',
      'status -vv',
      'diff --submodule=diff',
      'diff --ignore-submodules=none',
    ],
  },
  {
    name: 'a hook of a submodule',
    put: inSubmodule(({lab, repository, canary}) => {
      hook(lab, path.join(repository, '../.git/modules/module/hooks'), canary)
      // What was checked out in the same tick as its index was written, git looks at anew by itself; not always.
      utimesSync(path.join(repository, 'sub', 'b.txt'), 0, 0)
    }),
    runs: ['status', 'diff'],
  },
  {name: 'an alias', put: config(['alias.lg', '!CANARY']), runs: ['lg']},
  {name: 'an alias named as a builtin', put: config(['alias.status', '!CANARY'], ['alias.log', '!CANARY']), runs: []},
  {
    name: 'pagers',
    put: config(['core.pager', 'CANARY'], ['pager.log', 'CANARY'], ['pager.branch', 'CANARY']),
    runs: [],
  },
  {
    name: 'an editor, a browser, a helper',
    put: config(
      ['core.editor', 'CANARY'],
      ['web.browser', 'CANARY'],
      ['credential.helper', '!CANARY'],
      ['sequence.editor', 'CANARY'],
    ),
    runs: [],
  },
]

/** Some programs are started without a shell. */
function script(lab: Lab, repository: string, canary: string): string {
  const file = lab.sandbox.write(relative(lab, repository, '.git/program'), `#!/bin/sh\n${canary} </dev/null\n`)
  chmodSync(file, 0o755)
  return file
}

/** Gives the newest commit a signature that nobody made. */
function signed(lab: Lab, repository: string, kind = 'PGP SIGNATURE'): void {
  const commit = lab.git(repository, 'cat-file', 'commit', 'HEAD')
  const signature = `gpgsig -----BEGIN ${kind}-----\n \n AAAA\n -----END ${kind}-----\n`
  const file = lab.sandbox.write(relative(lab, repository, '.git/signed'), commit.replace('\n\n', `\n${signature}\n`))
  const name = lab.git(repository, 'hash-object', '-w', '-t', 'commit', file).trim()
  lab.git(repository, 'update-ref', 'refs/heads/main', name)
}

/** A folder that a plain clone brings: a repository whose configuration names a program. */
export function committedRepository(lab: Lab, folder: string, canary: string): void {
  const put = (name: string, text: string) => lab.sandbox.write(relative(lab, folder, name), text)
  put('HEAD', 'ref: refs/heads/main\n')
  put('objects/.keep', '')
  put('refs/.keep', '')
  put('config', `[core]\n\trepositoryformatversion = 0\n\tbare = false\n\tworktree = .\n\tfsmonitor = "${canary}"\n`)
  mkdirSync(folder, {recursive: true})
}
