/** So much of the end is looked at, characters: a program says it last. */
const LOOKED_AT = 4000

/**
 * What programs say that find neither a terminal nor input: sudo, su, ssh, git, docker, gpg, Python, readline, inquirer and
 * their like. Whole words of theirs, as a person may write of any of it.
 */
const sayings = [
  /\/dev\/tty\b.{0,40}(?:no such device|not configured|cannot open|can't open|failed)/,
  /(?:no such device or address|device not configured|cannot open|can't open|could not open).{0,40}\/dev\/tty\b/,
  /a terminal is required to (?:read the password|authenticate)|no tty present and no askpass|sudo: a password is required/,
  /must be run from a terminal|standard in must be a tty|the input device is not a tty|stdin (?:is not|isn't) a (?:tty|terminal)/,
  /could not read (?:username|password) for .{1,200}: (?:terminal prompts disabled|no such device)/,
  /host key verification failed|read_passphrase: can't open \/dev\/tty|permission denied \([a-z,-]*(?:password|keyboard-interactive)/,
  /eoferror: eof when reading a line|inappropriate ioctl for device|(?:requires|needs) an? (?:interactive )?(?:tty|terminal)\b/,
  /prompts can not be meaningfully rendered in non-tty|input is not a terminal|not running in an? (?:interactive )?tty/,
]

/** Whether a command that failed did so because it asked for input or a password, as far as its output tells. */
export function wantedInput(output: string): boolean {
  const end = output.slice(-LOOKED_AT).toLowerCase()
  return sayings.some((saying) => saying.test(end))
}

/** For the model. */
export const noInput =
  'it asked for input or a password, and there is neither a terminal nor input here: give the answer by an option, a file or a pipe, or ask the person to run it, by a line that begins with !'
