import path from 'node:path'
import {evaluates} from './wrappers.js'

/** Programs and variables by which something else runs than the command's first word. */

const carriers = new Set([
  ...'sudo doas su sg newgrp runuser pkexec run0 systemd-run chroot unshare nsenter setpriv gosu su-exec'.split(' '),
  ...'xargs parallel watch entr flock script setsid ionice chrt taskset numactl prlimit cpulimit'.split(' '),
  ...'busybox toybox timeout nice nohup time stdbuf unbuffer command caffeinate env chronic rlwrap'.split(' '),
  ...'eval source . exec builtin trap alias coproc noglob nocorrect emulate sched fc compgen complete mapfile readarray bind'.split(
    ' ',
  ),
  ...'ssh mosh strace ltrace gdb lldb perf valgrind hyperfine rr catchsegv fakeroot fakechroot proot'.split(' '),
  ...'bwrap firejail proxychains proxychains4 torify torsocks tsocks dbus-run-session dbus-launch xvfb-run'.split(' '),
  ...'start-stop-daemon daemonize tini dumb-init tmux screen at batch crontab direnv nix-shell'.split(' '),
])

const shells = /^(?:(?:ba|da|z|k|mk|a|fi|c|tc|rba|pwsh|power)?sh|powershell|pwsh|cmd)(?:\.exe)?$/
const interpreters =
  /^(?:python[\d.]*|pypy[\d.]*|node|nodejs|deno|bun|tsx|perl[\d.]*|ruby[\d.]*|php[\d.]*|lua[\d.]*|luajit|Rscript|osascript|tclsh[\d.]*|expect)(?:\.exe)?$/
/** Their first argument is a program. */
const programAsArgument = /^(?:[gmn]?awk|jshell)$/

/**
 * Names the program whose arguments are commands or code, so that one yes to some of them is none to others;
 * undefined where there is none. `words` is the command without variables and wrappers.
 */
export function carrierOf(words: readonly string[]): string | undefined {
  if (words.length === 0) return undefined
  const program = path.basename(words[0] ?? '')
  const args = words.slice(1)
  const carries =
    carriers.has(program) ||
    evaluates(words.map((text) => ({text, literal: true}))) ||
    programAsArgument.test(program) ||
    (shells.test(program) && hasShellCode(args)) ||
    (interpreters.test(program) && hasCode(args)) ||
    runsMatches(program, args) ||
    (program === 'git' && hasGitCode(args))
  return carries ? program : undefined
}

/** Whether what is piped in decides what runs, so that not even the same words are the same command. */
export function takesInput(words: readonly string[]): boolean {
  const program = path.basename(words[0] ?? '')
  if (/^(?:xargs|parallel|entr)$/.test(program)) return true
  if (!shells.test(program) && !interpreters.test(program)) return false
  const args = words.slice(1)
  return args.includes('-') || args.every((word) => word.startsWith('-') && !/^(?:-[vVh]|--version|--help)$/.test(word))
}

/** Whether words of its own arguments may be a command of the shell's kind again: code of other languages is none. */
export function runsWords(words: readonly string[]): boolean {
  const program = path.basename(words[0] ?? '')
  return carriers.has(program) || shells.test(program) || runsMatches(program, words.slice(1))
}

/** `find -exec`, `fd -x`. */
function runsMatches(program: string, args: readonly string[]): boolean {
  if (program === 'find') return args.some((word) => /^-(?:exec|ok)(?:dir)?$/.test(word))
  return /^fd(?:find)?$/.test(program) && args.some((word) => /^(?:-[A-Za-z]*[xX]|--exec)/.test(word))
}

/**
 * An option with code (`-c`, `-e`, `-p`, `--eval`) before the script. A word that follows an option may be its value, so
 * that the search ends only at a word that can't be.
 */
function hasCode(args: readonly string[]): boolean {
  let mayBeValue = false
  for (const word of args) {
    if (!word.startsWith('-')) {
      if (!mayBeValue) return word === 'eval'
      mayBeValue = false
    } else if (word === '-' || word === '--') return false
    else if (word.startsWith('--')) {
      if (/^--(?:eval|print|import|require|loader|experimental-loader|run)\b/.test(word)) return true
      mayBeValue = !word.includes('=')
    } else {
      if (/^-m./.test(word) || word === '-m') return false
      if (/^-[A-Za-z]*[ceEprRI]/.test(word) && !/^-[uBOsSvVd]+$/.test(word)) return true
      mayBeValue = true
    }
  }
  return false
}

/** `bash -lc CODE`, `bash -o pipefail -c CODE`, `--rcfile FILE`: before the script. */
function hasShellCode(args: readonly string[]): boolean {
  for (let at = 0; at < args.length && /^[-+]/.test(args[at] ?? ''); at++) {
    const word = args[at] ?? ''
    if (/^-[A-Za-z]*[cs]|^--(?:rcfile|init-file)/.test(word)) return true
    if (/^[-+][A-Za-z]*[oO]$/.test(word)) at++
  }
  return false
}

/** `git -c alias.x='!…'`, `--exec-path=…`: before the subcommand. */
function hasGitCode(args: readonly string[]): boolean {
  for (const word of args) {
    if (/^(?:-c|--config-env|--exec-path=)/.test(word)) return true
    if (!word.startsWith('-')) return false
  }
  return false
}

/** Variables that make a program load or run something. */
export function loadsCode(name: string): boolean {
  return /^(?:PATH|CDPATH|LD_.*|DYLD_.*|NODE_OPTIONS|NODE_PATH|BASH_ENV|ENV|SHELL|SHELLOPTS|BASHOPTS|PS4|PROMPT_COMMAND|BASH_FUNC_.*|ZDOTDIR|PYTHON.*|PERL5.*|PERLLIB|RUBY.*|GEM_.*|BUNDLE_.*|GIT_.*|.*PAGER|.*EDITOR|VISUAL|BROWSER|LESSOPEN|LESSCLOSE|RIPGREP_CONFIG_PATH|IFS|HOME|XDG_.*|npm_.*|NPM_CONFIG_.*|JAVA_TOOL_OPTIONS|_JAVA_OPTIONS|MAVEN_OPTS|GRADLE_OPTS|RUSTC.*|CARGO_.*|CC|CXX|MAKEFLAGS|GOFLAGS|SSH_.*|.*_WRAPPER)$/.test(
    name,
  )
}
