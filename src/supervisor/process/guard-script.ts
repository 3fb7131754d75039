/**
 * What the guard runs, in any POSIX shell. Each line that it reads replaces the one of its kind before:
 *
 * - `groups PGID…`: gateways. At the end of its input it gives them a second to do their bookkeeping, as a healthy
 *   gateway does at the end of its own, and then ends what is left: a gateway that is stopped or stuck never sees that
 *   its parent is gone. One that works on has created its verdict by then (VERDICTS, its group, `.verdict`); else it is
 *   created here, and a gateway that comes later ends by itself.
 *   What commands of a gateway left outside of its group, which they carry the mark of, goes when it is gone, however it
 *   ended: by a `kill -9` nobody else ends it. A moment later, so as to take no processor from the next one. The terminal
 *   is closed for that, in the process itself: around a loop, dash would keep it open at another number.
 * - `terminal NOW LATER`: the program has set modes of the terminal on descriptor 3, and these texts, for `printf %b`,
 *   take them back; without texts it has given the terminal back.
 *
 * No guard is faster than the shell that waits for the program (0.02 ms after the end of this input): what is written
 * at once mostly comes after its prompt, so it has to be what no prompt minds. Modes of the line, and the rest, are
 * only touched where after 150 and again after 300 ms nobody has: of bash and zsh, which set their own, 16 of 16
 * prompts were left alone, and 8 of 8 of dash, which does nothing, were made usable. Looking once and at once let the
 * guard win against a bash in 1 of 12.
 * Where Node or Ink had the time to take the modes back (SIGSEGV, SIGABRT), LATER is written all the same once the line
 * was canonical both times: a shell that edits lines itself would not leave it so at its prompt.
 *
 * Who waits for the program is known from before: its ancestors on this terminal. While another job is in front, or
 * another command in the same one, the terminal is theirs: a script may have started the next hermes, whose modes are
 * the same ones. Without /proc nobody knows, and the modes of the line stay.
 */
export const guardScript = `
groups= now= later= raw= leader= waiting= theirs=

of() {
  read -r stat <"/proc/$1/stat" || return
  set -- \${stat##*) }
  state=$1 parent=$2 group=$3 session=$4 tty=$5 front=$6
}

take() {
  # With the program gone these may be the modes of its shell.
  raw=$(stty -g <&3) && kill -0 "$PPID" || raw=
  [ -z "$waiting" ] && of "$PPID" && [ "$tty" != 0 ] || return
  leader=$session mine=$tty pid=$PPID
  while of "$pid" && [ "$tty" = "$mine" ]; do
    waiting="$waiting $pid" theirs="$theirs $group" pid=$parent
  done
}

left() {
  for file in $(grep -lsF "HERMES_COMMAND=$1-" /proc/[0-9]*/environ); do
    pid=\${file#/proc/}
    kill -s KILL "\${pid%/environ}"
  done
}

others_in_front() {
  of "$leader" || return
  case "$theirs " in *" $front "*) return 1 ;; esac
}

waiting_alone() {
  for file in /proc/[0-9]*; do
    pid=\${file#/proc/}
    of "$pid" && [ "$tty" = "$mine" ] && [ "$group" = "$front" ] && [ "$state" != Z ] || continue
    case "$waiting " in *" $pid "*) ;; *) return 1 ;; esac
  done
}

write_now() {
  [ -z "$now" ] || others_in_front && return
  printf %b "$now" >&3
  now=
}

restore() {
  # Nobody reads the terminal after the first process of its session.
  [ "$leader" = "$PPID" ] && printf %b "$now$later" >&3 && return
  write_now
  [ -n "$raw" ] && [ -n "$waiting" ] || return
  sleep 0.15
  write_now
  seen=$(stty -g <&3)
  case "$seen $(stty -a <&3)" in "$raw "* | *[!-]icanon*) ;; *) return ;; esac
  sleep 0.15
  write_now
  [ "$(stty -g <&3)" = "$seen" ] && waiting_alone || return
  [ "$seen" != "$raw" ] || stty icrnl ixon isig icanon echo iexten <&3
  printf %b "$later" >&3
}

while read -r what rest; do
  case $what in
  groups)
    for group in $groups; do
      case " $rest " in *" $group "*) ;; *) { kill -0 "$group" || { sleep 0.2; left "$group"; }; } 3>&- & ;; esac
    done
    groups=$rest
    ;;
  terminal)
    now=\${rest% *} later=\${rest#* }
    if [ -z "$now" ]; then raw=; elif [ -z "$raw" ]; then take; fi
    ;;
  esac
done

if [ -n "$groups" ]; then
  (
    sleep 1
    for group in $groups; do
      verdict=\${VERDICTS:+$VERDICTS$group.verdict}
      if [ -z "$verdict" ] || ( set -C; : > "$verdict" ) 2>/dev/null || [ ! -e "$verdict" ]; then
        kill -s KILL -- "-$group"
        left "$group"
        [ -z "$verdict" ] || rm -f "$verdict"
      fi
    done
  ) 3>&- &
fi
[ -z "$now" ] || restore
exec 3>&-
wait`
