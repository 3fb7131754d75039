// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is what shells expand
import fc from 'fast-check'

/** Known readers, and some that aren't. */
export const readerNames = (
  'ls cat head tail wc grep rg find sort uniq sed cut tr nl rev stat du file diff cmp tac paste comm fold basename dirname realpath ' +
  'which date uname seq jq echo printf test true false pwd [ node python3'
).split(' ')
const others = [
  'rm',
  'git',
  'npm',
  'xargs',
  'env',
  'tee',
  'awk',
  'sh',
  'cp',
  './ls',
  'e.sh',
  'P1',
  'ls\\',
  'l""s',
  '=ls',
  'eval',
  'exec',
  'command',
]

const paths =
  'a.txt b.txt notes.md src src/one.ts src/deep docs/x.md . .. ./src link link/.. link/../a.txt key out out/key dangling innocent environ .env id_rsa /etc/passwd /proc/self/environ - nothing src/nothing nothing/.. "a b" \'a b/c d.txt\' a\\ b foo .hidden/h -- -rf ./-rf src/ .//src /dev/zero /dev/null "it\'s" e w é'.split(
    / (?=(?:[^"']|"[^"]*"|'[^']*')*$)/,
  )
const globs =
  '* *.txt src/*.ts */*.ts ? [ab].txt [!a]* -* --* */ src/** *.none .* "*" \'*\' "a b"/* link/* out/* /*/passwd *.md *x* [a-z]* [z-a]* *\\* s*c/one.ts $* {a,b}.txt {a,b}* [[:alpha:]]* *.{ts,md} !(a)'.split(
    ' ',
  )
const options =
  '-l -la -1 -n -n5 -5 -c -r -rn -R -e foo -i -v -o -of -f -f a.txt -u -k2 -t: -d: -d -f1 -z -L -s -q -A2 -B 1 -C1 -m1 --color --color=never --output=pwned --pre=./e.sh --files --hidden -uu -g *.ts --include=*.ts -g!foo --glob=*.md --recursive --rec --lines=2 --lines --bytes=3 -exec -delete -name *.ts -type f -maxdepth 1 -print -fprint pwned -ok -newer a.txt -not -o -prune ( ) ! -p 1,2p -n1,2p 1,2p $p s/a/b/w s/a/b/e w\\ pwned -i -ib --in-place .foo .a $ENV.PATH env -T /tmp -S -o pwned -opwned --compress-program=./e.sh -f- -z0 --files0-from=- -I{} -w -x +5 +%s --version -V --help -Po x -a -b -ax -nE -H -D. --'.split(
    ' ',
  )
const strange = [
  '~',
  '~root',
  '$HOME',
  '${x:-$(touch pwned)}',
  '$(touch pwned)',
  '`touch pwned`',
  '$((1+1))',
  '<(touch pwned)',
  '"$x"',
  '"a$"',
  '"foo$"',
  '"\\w+"',
  '"\\$x"',
  '"a\\\\b"',
  '"!"',
  '!',
  '!!',
  'a!b',
  "$'a\\nb'",
  '$"a"',
  '""',
  "''",
  '\\',
  '\\\n',
  'a\\\nb',
  '#c',
  'a#b',
  '@{u}',
  'HEAD~1',
  'HEAD^',
  'x=1',
  'x=~',
  'a:~',
  '=',
  '==',
  '=ls',
  '{}',
  '{1..3}',
  '}',
  '{',
  '[',
  ']',
  '[[',
  '\u00a0',
  '\ufeff',
  '\r',
  '\x1b[0m',
  '\t',
  'a\tb',
  '"a\tb"',
  '"a\nb"',
  "'a\nb'",
  '\\(',
  '\\)',
  '\\;',
  "'('",
  '"a"b\'c\'',
  "a''b",
  '\\*',
  '\\a',
  '%1',
  '\ud800',
  '\u202e',
  'é',
  '&',
  '>',
  '<',
  '|',
  ';',
  '(',
  ')',
]
const joints = [
  ' | ',
  ' | ',
  '|',
  ' && ',
  ' && ',
  '&&',
  ' || ',
  '; ',
  '; ',
  ';',
  '\n',
  '\n\n',
  ' & ',
  ' |& ',
  ';;',
  ' ; # c\n',
  ' \\\n',
  '&',
  ' |\n',
  ' &&\n',
]
const redirects = [
  '2>&1',
  '>/dev/null',
  '2>/dev/null',
  '</dev/null',
  '> /dev/null',
  '>pwned',
  '>>pwned',
  '2>pwned',
  '&>pwned',
  '<a.txt',
  '<key',
  '>|pwned',
  '1>/dev/null',
  '2>&1 >/dev/null',
  '>/dev/null 2>&1',
  '>&2',
  '2>&-',
  '{fd}>pwned',
  '<<<a',
  '<<E\na\nE\n',
  '>"/dev/null"',
  '> /dev/null/x',
  '2>&11',
  '2>&1x',
]
const prefixes = [
  'cd src && ',
  'cd src; ',
  'cd .. && ',
  'cd link && cd .. && ',
  'cd out && ',
  'cd "a b" && ',
  'cd && ',
  'cd - && ',
  'cd src || ',
  'x=1 ',
  'PATH=. ',
  '! ',
  'time ',
  'cd src && cd deep; ',
  'cd nothing; ',
  ' ',
  '\n',
  '{ ',
  '( ',
  'if ',
]

const of = (values: readonly string[]) => fc.constantFrom(...values)

const argument = fc.oneof(
  {weight: 6, arbitrary: of(paths)},
  {weight: 4, arbitrary: of(options)},
  {weight: 2, arbitrary: of(globs)},
  {weight: 1, arbitrary: of(strange)},
)

/** Mostly what models write, with one or two things that no one should let pass. */
const command = fc
  .tuple(
    fc.oneof({weight: 12, arbitrary: of(readerNames)}, {weight: 1, arbitrary: of(others)}),
    fc.array(argument, {maxLength: 4}),
    fc.option(of(redirects), {freq: 6}),
    of([' ', ' ', ' ', ' ', '  ', '\t', ' \\\n ']),
  )
  .map(([name, args, redirect, space]) => [name, ...args, ...(redirect === null ? [] : [redirect])].join(space))

export const commandLine = fc
  .tuple(fc.option(of(prefixes), {freq: 7}), fc.array(fc.tuple(command, of(joints)), {minLength: 1, maxLength: 3}))
  .map(([prefix, parts]) => {
    const line = parts.map(([each, joint], index) => (index === parts.length - 1 ? each : each + joint)).join('')
    return (prefix ?? '') + line
  })

/** Characters of the shell's own alphabet in any order. */
export const noise = fc
  .array(
    of([...' \t\n|&;<>()$`\\"\'*?[]#~=%!{}-a12/.,:@^+', 'ls', 'cat', 'echo', 'a.txt', '>&', '$(', '${', '\u00a0']),
    {maxLength: 14},
  )
  .map((parts) => `ls ${parts.join('')}`)

const decent: Readonly<Record<string, readonly string[]>> = {
  ls: ['-la', '-1', '-lah', '-R', '-d', '--color=never', '-lt'],
  cat: ['-n', '-A', '--number'],
  head: ['-5', '-n 3', '-n3', '-c10', '--lines=2', '-q'],
  tail: ['-5', '-n +2', '-n3', '--lines=2'],
  wc: ['-l', '-c', '-lw'],
  grep: [
    '-n foo',
    '-rn foo',
    '-i "foo$"',
    '-c -e foo',
    '-E "foo|bar"',
    '-l hello',
    '-A2 foo',
    '-r --include=*.ts foo',
    '-rl foo',
    '-v -e "a b"',
    "-r 'foo\\|bar'",
  ],
  rg: ['foo', '-n foo', '-l "foo$"', '-g "*.ts" foo', '--files', '-uu foo', '--hidden SECRET', '-i HELLO -A 2'],
  find: [
    '',
    '-name "*.ts"',
    '-type f',
    '-maxdepth 2',
    '-not -name a.txt',
    '-name *.none',
    '\\( -name a -o -name b \\)',
  ],
  sort: ['', '-n', '-u', '-k2', '-t: -k 1', '-rn'],
  sed: ['-n 1,2p', "-n '2p'", '-n "$p"', '-n 1p'],
  cut: ['-d: -f1', "-d' ' -f 2", '-c1-3'],
  diff: ['-u', '', '-q'],
  du: ['-sh', '-d 1', ''],
  stat: ['', '-c %n'],
  file: ['', '-b'],
  jq: ['.foo', '-r .a', "'.foo, .a'", '-c .'],
}
const places = [
  'a.txt',
  'src',
  '.',
  'src/one.ts b.txt',
  'docs/x.md',
  '*.txt',
  'src/*.ts',
  '"a b/c d.txt"',
  'src/*/*.ts',
  'nothing',
  '',
  '',
  "'a b'",
  'link',
  '*',
  'src/**',
  'a\\ b',
  './src',
]
const filters = [
  'wc -l',
  'head -3',
  'sort',
  'sort | uniq -c',
  'grep foo',
  "cut -d' ' -f1",
  'tail -n 2',
  'cat',
  'sort -rn | head',
  'tr a b',
  'grep -v "^a"',
  'rev',
]

const decentCommand = of(Object.keys(decent)).chain((name) =>
  fc
    .tuple(of(decent[name] ?? []), of(places))
    .map(
      ([option, place]) =>
        `${name === 'find' ? `find ${place.split(' ')[0]} ${option}` : `${name} ${option} ${place}`}`,
    ),
)

/** What models write to look around. */
export const decentLine = fc
  .tuple(
    of([
      '',
      '',
      '',
      'cd src && ',
      'cd src; ',
      'cd "a b" && ',
      'test -d src && ',
      '[ -f a.txt ] && ',
      'echo "a; b" && ',
    ]),
    decentCommand,
    fc.option(of(redirects.slice(0, 5)), {freq: 4}),
    fc.option(of(filters), {freq: 2}),
    fc.option(fc.tuple(of([' && ', '; ', ' || ', '\n']), decentCommand), {freq: 3}),
  )
  .map(([prefix, first, redirect, filter, more]) =>
    [
      prefix,
      first,
      redirect === null ? '' : ` ${redirect}`,
      filter === null ? '' : ` | ${filter}`,
      more?.join('') ?? '',
    ].join(''),
  )
