/** One way in which a command can do harm. */
export interface Danger {
  /** Names of programs, apart by spaces. */
  programs: string
  /** Given the words behind the name; default always. Words that the shell makes count as they are written. */
  when?: (args: readonly string[]) => boolean
  says: string
  /** What it takes away is gone. */
  destroys?: true
}

const has =
  (...options: RegExp[]) =>
  (args: readonly string[]) =>
    options.every((option) => args.some((word) => option.test(word)))

const sub =
  (name: string, ...options: RegExp[]) =>
  (args: readonly string[]) =>
    subcommandOf(args) === name && has(...options)(args)

/** The first word that is no option, nor the value of one of git's. */
function subcommandOf(args: readonly string[]): string | undefined {
  return args.find((word, index) => !word.startsWith('-') && !/^-[Cc]$/.test(args[index - 1] ?? ''))
}

export const dangers: readonly Danger[] = [
  {programs: 'rm rmdir unlink shred srm trash wipe', says: 'deletes files', destroys: true},
  {programs: 'find gfind', when: has(/^-delete$/), says: 'deletes files', destroys: true},
  {programs: 'rsync', when: has(/^--(?:del|delete|remove-source-files)/), says: 'deletes files', destroys: true},
  {programs: 'git', when: sub('clean'), says: 'deletes files', destroys: true},
  {programs: 'git', when: sub('rm'), says: 'deletes files', destroys: true},
  {programs: 'git', when: sub('reset', /^--(?:hard|merge|keep)$/), says: 'discards changes', destroys: true},
  {
    programs: 'git',
    when: sub('checkout', /^(?:--|-f|--force|\.|.*\/.*\..*)$/),
    says: 'discards changes',
    destroys: true,
  },
  {
    programs: 'git',
    when: sub('switch', /^(?:-f|--force|--discard-changes)$/),
    says: 'discards changes',
    destroys: true,
  },
  {programs: 'git', when: sub('restore'), says: 'discards changes', destroys: true},
  {programs: 'git', when: sub('stash', /^(?:drop|clear)$/), says: 'discards changes', destroys: true},
  {programs: 'git', when: sub('branch', /^(?:-[a-zA-Z]*D|-d|--delete)/), says: 'deletes a branch', destroys: true},
  {programs: 'git', when: sub('worktree', /^remove$/), says: 'deletes files', destroys: true},
  {programs: 'git', when: sub('reflog', /^(?:expire|delete)$/), says: 'deletes history', destroys: true},
  {programs: 'git', when: sub('gc', /^--prune/), says: 'deletes history', destroys: true},
  {programs: 'git', when: sub('filter-branch'), says: 'rewrites history', destroys: true},
  {programs: 'git', when: sub('push', /^(?:-[a-zA-Z]*f|--force|\+)/), says: 'force-pushes', destroys: true},
  {
    programs: 'git',
    when: sub('push', /^(?:-d$|--delete$|--mirror$|--prune$|:)/),
    says: 'deletes a remote branch',
    destroys: true,
  },
  {programs: 'truncate', says: 'overwrites files', destroys: true},
  {
    programs: 'mv',
    when: (args) => !has(/^(?:-[a-zA-Z]*n|--no-clobber)/)(args),
    says: 'may overwrite files',
    destroys: true,
  },
  {
    programs: 'cp install',
    when: has(/^(?:-[a-zA-Z]*f|--force|--remove-destination)/),
    says: 'may overwrite files',
    destroys: true,
  },
  {programs: 'ln', when: has(/^(?:-[a-zA-Z]*f|--force)/), says: 'may overwrite files', destroys: true},
  {programs: 'tee', when: (args) => !has(/^(?:-[a-zA-Z]*a|--append)/)(args), says: 'overwrites files', destroys: true},
  {programs: 'sed gsed perl', when: has(/^(?:-[a-zA-Z]*i|--in-place)/), says: 'changes files in place'},
  {programs: 'dd', when: has(/^of=/), says: 'overwrites a file or disk', destroys: true},
  {
    programs: 'mkfs mke2fs mkswap fdisk sfdisk gdisk parted wipefs blkdiscard diskutil cryptsetup lvremove vgremove',
    says: 'changes disks',
    destroys: true,
  },
  {programs: 'dropdb dropuser', says: 'deletes a database', destroys: true},
  {
    programs: 'psql mysql mariadb sqlite3 duckdb',
    when: has(/\b(?:drop|truncate|delete)\b/i),
    says: 'deletes from a database',
    destroys: true,
  },
  {programs: 'redis-cli', when: has(/^flush(?:all|db)$/i), says: 'deletes from a database', destroys: true},
  {
    programs: 'docker podman',
    when: has(/^(?:rm|rmi|prune|down|kill)$/),
    says: 'removes containers, images or volumes',
    destroys: true,
  },
  {programs: 'kubectl', when: sub('delete'), says: 'deletes from a cluster', destroys: true},
  {programs: 'helm', when: has(/^(?:uninstall|delete)$/), says: 'deletes from a cluster', destroys: true},
  {programs: 'terraform tofu pulumi', when: has(/^-?destroy$/), says: 'destroys infrastructure', destroys: true},
  {programs: 'crontab', when: has(/^-r$/), says: 'deletes scheduled jobs', destroys: true},
  {programs: 'userdel groupdel deluser', says: 'deletes a user', destroys: true},
  {programs: 'sudo doas su pkexec run0 runuser', says: 'runs as another user'},
  {programs: 'chmod chown chgrp setfacl chattr chflags xattr', says: 'changes permissions'},
  {programs: 'kill killall pkill skill xkill', says: 'kills processes'},
  {programs: 'fuser', when: has(/^-[a-zA-Z]*k/), says: 'kills processes'},
  {programs: 'shutdown reboot halt poweroff init', says: 'stops the machine'},
  {
    programs: 'systemctl service launchctl',
    when: has(/^(?:stop|restart|disable|mask|bootout|unload)$/),
    says: 'stops services',
  },
  {programs: 'iptables ip6tables nft ufw', says: 'changes the firewall'},
  {
    programs: 'npm pnpm yarn bun cargo gem twine poetry',
    when: has(/^(?:publish|unpublish|push|upload)$/),
    says: 'publishes',
  },
  {programs: 'gh', when: has(/^(?:delete|merge)$/), says: 'changes what is on the server'},
  {programs: 'ssh scp sftp', says: 'works on another machine'},
  {programs: 'eval source .', says: 'runs text as a command'},
]

export const downloaders = new Set(['curl', 'wget', 'fetch', 'aria2c', 'http', 'https', 'xh'])

/** What runs what it reads. */
export const interpreters = new Set(
  'sh bash dash zsh ksh fish ash python python2 python3 node deno bun perl ruby php lua pwsh osascript eval source . xargs'.split(
    ' ',
  ),
)

/** Run another program with their words. */
export const carriers = new Set(
  'sudo doas su xargs env nice nohup timeout time stdbuf command builtin exec setsid watch strace ltrace parallel flock ionice chrt unbuffer script busybox caffeinate chroot entr'.split(
    ' ',
  ),
)
