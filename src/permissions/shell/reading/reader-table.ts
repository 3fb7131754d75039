/**
 * Programs that only read, with the options under which they do (see `sortArguments` for the
 * notation). An option is listed where it takes its value in the same way in GNU, BSD and busybox, and
 * neither runs, writes, waits, follows links below a folder nor reads a list of names.
 */
export interface Reader {
  options: string
  /**
   * What the other words are. `paths`: each is looked at. `files`: so, and none may be a folder.
   * `pattern`: a pattern, unless an option of `patternOptions` gave one, then paths. `text`: anything.
   * An expression: what each must look like.
   */
  operands: 'paths' | 'files' | 'pattern' | 'text' | 'none' | RegExp
  /** How many operands there may be; default any number. */
  most?: number
  /** Prints names, sizes and times, no contents: a secret file may be named. */
  namesOnly?: true
  /** Exactly one of the options has to be there: without it the program runs what it is given. */
  needs?: true
  /** What takes the pattern's place. */
  patternOptions?: readonly string[]
  /** Options that nobody gave and that have to be there. */
  adds?: readonly string[]
  /** Reads all files below a folder: always, or with one of these options. */
  descends?: true | readonly string[]
  /** Folders that it is kept out of where they stand below another: too many files to look for secrets among them. */
  leaves?: readonly string[]
  /** The options by which it leaves out files or folders of a name. */
  excludes?: {file(name: string): string; folder(name: string): string}
}

const hash: Reader = {options: '-bt --binary --text', operands: 'paths'}
/** `python -v` would go on and run what it is given. */
const nodeVersion: Reader = {options: '-v --version', operands: 'none', needs: true}
const pythonVersion: Reader = {options: '-V --version', operands: 'none', needs: true}
const escapedGlob = (name: string) => name.replace(/[\\*?[\]{}!]/g, '\\$&')

const rg: Reader = {
  options:
    '-insvwxclFSoqpNHIUPub.0a -e: -g: -t: -T: -A: -B: -C: -m: -M: -r: -d: --regexp= --glob= --iglob= --type= --type-not= --after-context= --before-context= --context= --max-count= --max-columns= --max-depth= --replace= --sort= --sortr= --color= --colors= --files --files-with-matches --files-without-match --count --count-matches --line-number --no-line-number --column --heading --no-heading --with-filename --no-filename --ignore-case --case-sensitive --smart-case --word-regexp --line-regexp --fixed-strings --invert-match --only-matching --quiet --hidden --no-hidden --no-ignore --no-ignore-vcs --unrestricted --multiline --multiline-dotall --pcre2 --text --trim --stats --json --vimgrep --null --pretty --no-messages --no-config --type-list',
  operands: 'pattern',
  patternOptions: ['-e', '--regexp', '--files', '--type-list'],
  adds: ['--no-config'],
  descends: true,
  // It would leave them out by itself, but for a project without a .gitignore.
  leaves: ['node_modules', '.git'],
  excludes: {file: (name) => `--glob=!${escapedGlob(name)}`, folder: (name) => `--glob=!${escapedGlob(name)}`},
}

const grep: Reader = {
  options:
    '-EFGPiyvwxclLnHhosqrbaIUZ -# -e: -A: -B: -C: -m: --extended-regexp --fixed-strings --basic-regexp --perl-regexp --ignore-case --no-ignore-case --invert-match --word-regexp --line-regexp --count --files-with-matches --files-without-match --line-number --with-filename --no-filename --only-matching --no-messages --quiet --silent --recursive --byte-offset --text --null --regexp= --after-context= --before-context= --context= --max-count= --include= --exclude= --exclude-dir= --color? --colour?',
  operands: 'pattern',
  patternOptions: ['-e', '--regexp'],
  descends: ['-r', '--recursive'],
  excludes: {
    file: (name) => `--exclude=${escapedGlob(name)}`,
    folder: (name) => `--exclude-dir=${escapedGlob(name)}`,
  },
}

const fd: Reader = {
  options:
    '-HIuisgFap01 -e: -t: -d: -E: -S: -c: --hidden --no-ignore --unrestricted --case-sensitive --ignore-case --glob --regex --fixed-strings --absolute-path --full-path --print0 --extension= --type= --max-depth= --min-depth= --exact-depth= --exclude= --size= --color= --max-results= --changed-within= --changed-before=',
  operands: 'pattern',
  namesOnly: true,
}

const bat: Reader = {
  options:
    '-npAf -l: -r: --number --plain --show-all --language= --line-range= --style= --color= --decorations= --theme= --paging=',
  operands: 'paths',
  adds: ['--paging=never'],
}

export const readers: Readonly<Record<string, Reader>> = {
  ls: {
    options:
      '-AaBCcdFfghiklmnopQqRrSstUuvXx1 --all --almost-all --directory --classify --full-time --group-directories-first --human-readable --si --inode --numeric-uid-gid --recursive --reverse --size --sort= --time= --time-style= --color? --no-group --quote-name --ignore-backups --format= --indicator-style=',
    operands: 'paths',
    namesOnly: true,
  },
  pwd: {options: '-LP --logical --physical', operands: 'none'},
  cat: {
    options:
      '-AbeEnstTuv --number --number-nonblank --show-all --show-ends --show-tabs --show-nonprinting --squeeze-blank',
    operands: 'paths',
  },
  tac: {options: '-b -s:', operands: 'paths'},
  wc: {options: '-lwcmL --lines --words --bytes --chars --max-line-length', operands: 'paths'},
  head: {options: '-qv -# -n: -c: --lines= --bytes= --quiet --silent --verbose', operands: 'paths'},
  tail: {options: '-qv -# -n: -c: --lines= --bytes= --quiet --silent --verbose', operands: 'paths'},
  stat: {options: '-tLx -c: --format= --printf= --terse --dereference', operands: 'paths', namesOnly: true},
  du: {
    options:
      '-abchkmsxS0 -d: --all --apparent-size --bytes --total --human-readable --summarize --max-depth= --one-file-system --separate-dirs --exclude= --time? --block-size=',
    operands: 'paths',
    namesOnly: true,
  },
  df: {options: '-hHkTPi --human-readable --print-type --inodes', operands: 'paths', namesOnly: true},
  file: {
    options: '-bhikLN0 --brief --mime --mime-type --mime-encoding --dereference --no-dereference',
    operands: 'paths',
  },
  basename: {options: '-az -s: --multiple --suffix= --zero', operands: 'text'},
  dirname: {options: '-z --zero', operands: 'text'},
  realpath: {
    options: '-emqsz --canonicalize-existing --canonicalize-missing --no-symlinks --strip --zero',
    operands: 'paths',
    namesOnly: true,
  },
  cut: {
    options:
      '-snz -b: -c: -d: -f: --bytes= --characters= --delimiter= --fields= --only-delimited --complement --output-delimiter=',
    operands: 'paths',
  },
  tr: {options: '-cCdst --complement --delete --squeeze-repeats --truncate-set1', operands: 'text'},
  nl: {options: '-p -b: -d: -f: -h: -i: -l: -n: -s: -v: -w: --body-numbering= --number-format=', operands: 'paths'},
  rev: {options: '-', operands: 'paths'},
  fold: {options: '-bs -w: --width= --spaces --bytes', operands: 'paths'},
  paste: {options: '-sz -d: --serial --delimiters=', operands: 'paths'},
  comm: {options: '-123z --total', operands: 'paths', most: 2},
  sort: {
    options:
      '-bcCdfghiMmnRrsuVz -k: -t: --reverse --unique --numeric-sort --human-numeric-sort --version-sort --general-numeric-sort --month-sort --dictionary-order --ignore-case --ignore-leading-blanks --stable --zero-terminated --check? --key= --field-separator=',
    operands: 'paths',
  },
  uniq: {
    options:
      '-cdDuiz -f: -s: -w: --count --repeated --unique --ignore-case --zero-terminated --skip-fields= --skip-chars= --check-chars=',
    operands: 'paths',
    // The second is written.
    most: 1,
  },
  diff: {
    options:
      '-aBbcdEeiNnpqstuwyZ -U: -C: -W: --brief --unified? --context? --side-by-side --width= --ignore-case --ignore-all-space --ignore-space-change --ignore-blank-lines --ignore-trailing-space --minimal --report-identical-files --suppress-common-lines --strip-trailing-cr --text --color? --normal --label=',
    // Of two folders it reads what is in them, through links.
    operands: 'files',
    most: 2,
  },
  cmp: {options: '-bls -n: --silent --quiet --verbose --print-bytes --bytes=', operands: 'files', most: 2},
  md5sum: hash,
  sha1sum: hash,
  sha256sum: hash,
  sha512sum: hash,
  tree: {
    options:
      '-adfiCDFghnpqrstuUvx -L:: -P:: -I:: --dirsfirst --filesfirst --noreport --du --si --prune --matchdirs --ignore-case --inodes --device --sort= --charset= --filelimit=',
    operands: 'paths',
    namesOnly: true,
  },
  grep,
  rg,
  fd,
  fdfind: fd,
  bat,
  batcat: bat,
  which: {options: '-as', operands: 'text'},
  date: {options: '-uR -I --utc --universal', operands: /^\+/, most: 1},
  uname: {options: '-asnrvmpio --all --kernel-name --kernel-release --machine --operating-system', operands: 'none'},
  whoami: {options: '-', operands: 'none'},
  id: {options: '-ugnGr --user --group --groups --name --real', operands: /^[\w.]/, most: 1},
  nproc: {options: '--all', operands: 'none'},
  seq: {options: '-w -s: -f: --equal-width --separator= --format=', operands: /^\d/, most: 3},
  node: nodeVersion,
  nodejs: nodeVersion,
  python: pythonVersion,
  python3: pythonVersion,
}
