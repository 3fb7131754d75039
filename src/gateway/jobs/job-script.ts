import {JOB_MARK} from '../tools/command/mark.js'

/**
 * What minds a job, in any POSIX shell: BASE MARK CLIENT BLOCKS, then the words of the command. It outlives the gateway,
 * and leaves nothing when the job is over:
 *
 * - `BASE.txt` has the output, from its beginning, by `cat` under a limit of the kernel (blocks of 512 bytes); what is
 *   more goes to nobody. Nothing of it needs a gateway.
 * - `BASE.pid` has the pid of this shell. It is made first, and by one alone: a gateway that finds a job without it makes
 *   it, and a shell that comes later ends before it has begun.
 * - `BASE.exit` has the exit code, written when the command has ended; `BASE.why` stands where it did not do so by itself.
 * - `BASE.life` is a pipe that each gateway of the session holds open in its turn, and by which it says `stop`, `keep`,
 *   `leave` (no longer keep) and `client PID`. While none does, and none is to keep it, the job has 60 s, and not a
 *   second longer than the client that would start the next gateway; from its start 5 s in any case, in which the gateway
 *   opens it: one whose screen is gone has no client.
 *
 * All of it is one group but for what the command starts elsewhere, which has the mark; nobody else here has it, so that
 * SIGTERM is for the command alone. A variable of the shell would stand in place of an exported one of its name, hence
 * `hermes_`. Where the pipe can't be made nothing is started.
 */
export const jobScript = `
hermes_base=$1 hermes_mark=$2 hermes_client=$3 hermes_blocks=$4
shift 4
trap : HUP INT TERM

ours() {
  PATH=/usr/local/bin:/usr/bin:/bin
}

in_group() {
  read -r stat <"/proc/$1/stat" && set -- \${stat##*) } && [ "$3" = $$ ]
}

marked() {
  for file in $(grep -lsF "${JOB_MARK}=$hermes_mark" /proc/[0-9]*/environ); do
    pid=\${file#/proc/}
    pid=\${pid%/environ}
    # The group gets its own, and a handler of SIGTERM is not to run twice.
    [ "$1" = TERM ] && in_group "$pid" || kill -s "$1" "$pid"
  done
}

finish() {
  echo "$1" >"$hermes_base.why"
  marked TERM
  kill -s TERM 0
  tries=0
  while [ ! -e "$hermes_base.exit" ] && [ "$tries" -lt 20 ]; do
    sleep 0.1
    tries=$((tries + 1))
  done
  marked KILL
  over
}

over() {
  rm -f "$hermes_base.life"
  kill -s KILL 0
}

alone() {
  tries=0
  while [ "$tries" -lt "$hermes_begins" ] ||
    { [ "$tries" -lt 60 ] && [ -n "$hermes_client" ] && kill -0 "$hermes_client"; }; do
    sleep 1
    tries=$((tries + 1))
  done
  finish left
}

mind() {
  kept= hermes_begins=5
  while :; do
    timer=
    [ -n "$kept" ] || { alone & timer=$!; }
    exec 4<"$hermes_base.life"
    [ -z "$timer" ] || kill -s KILL "$timer"
    hermes_begins=0
    while read -r word rest <&4; do
      case $word in
      client) hermes_client=$rest ;;
      keep) kept=1 ;;
      leave) kept= ;;
      stop) finish stopped ;;
      esac
    done
    exec 4<&-
  done
}

(
  ours
  umask 077
  set -C
  echo $$ >"$hermes_base.pid" || exit 1
  set +C
  rm -f "$hermes_base.txt" "$hermes_base.exit" "$hermes_base.why" "$hermes_base.life"
  : >"$hermes_base.txt"
  mkfifo "$hermes_base.life.new" && mv "$hermes_base.life.new" "$hermes_base.life"
) || exit 1
(
  ours
  trap '' HUP INT TERM
  mind
) &

{
  trap : HUP INT TERM
  ${JOB_MARK}=$hermes_mark "$@" </dev/null 2>&1
  hermes_code=$?
  (
    ours
    echo "$hermes_code" >"$hermes_base.exit.new" && mv "$hermes_base.exit.new" "$hermes_base.exit"
    exec >/dev/null
    marked KILL
    # What is left in the group may hold the pipe for ever.
    { sleep 1; over; } &
  )
} | (
  ours
  trap '' HUP INT TERM
  (ulimit -c 0; ulimit -f "$hermes_blocks"; exec cat >>"$hermes_base.txt")
  exec cat >/dev/null
)
ours
over
`
