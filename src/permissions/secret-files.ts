import path from 'node:path'

/** Folders that decide what is a secret and what is ours; absolute, with every link resolved. */
export interface PrivatePlaces {
  home: string
  /** Folders and files of hermes itself: sessions, permissions, configuration, trust. */
  ours: readonly string[]
  /** Where links lead that have the names of such files: homes are kept in repositories of dotfiles. Asked for once. */
  linked?: () => {secret: readonly string[]; startUp: readonly string[]}
}

/** Below the home; a folder stands for all that is in it. */
export const secretPlaces = [
  ...['.ssh', '.aws', '.gnupg', '.docker', '.kube', '.azure', '.oci', '.password-store', '.local/share/keyrings'],
  ...[
    '.config/gh',
    '.config/glab-cli',
    '.config/gcloud',
    '.config/hermes',
    '.config/hub',
    '.config/op',
    '.config/rclone',
  ],
  ...[
    '.config/sops',
    '.config/doctl',
    '.config/containers',
    '.terraform.d',
    '.vault-token',
    '.fly',
    '.railway',
    '.wrangler',
  ],
  ...['.netrc', '_netrc', '.npmrc', '.yarnrc.yml', '.pypirc', '.pgpass', '.my.cnf', '.mylogin.cnf', '.git-credentials'],
  ...[
    '.config/git/credentials',
    '.cargo/credentials',
    '.cargo/credentials.toml',
    '.gem/credentials',
    '.m2/settings.xml',
  ],
  ...['.gradle/gradle.properties', '.s3cfg', '.boto', '.databrickscfg', '.huggingface', '.cache/huggingface/token'],
  // Shells and databases keep what was typed.
  ...['.bash_history', '.zsh_history', '.python_history', '.node_repl_history', '.psql_history', '.mysql_history'],
  // Profiles of browsers and of what reads mail.
  ...[
    '.mozilla',
    '.thunderbird',
    '.config/google-chrome',
    '.config/chromium',
    '.config/brave',
    '.config/bravesoftware',
  ],
  ...['.config/microsoft-edge', '.config/vivaldi', '.config/opera', 'snap/firefox', '.var/app/org.mozilla.firefox'],
  ...['library/keychains', 'library/cookies', 'library/safari', 'library/application support/google/chrome'],
  ...['library/application support/firefox', 'library/application support/bravesoftware', 'library/mail'],
  ...['appdata/local/google/chrome', 'appdata/roaming/mozilla', 'appdata/roaming/microsoft/credentials'],
  // Other agents' keys.
  ...['.claude.json', '.claude/.credentials.json', '.codex/auth.json', '.local/share/opencode/auth.json', '.gemini'],
]

/** By their name alone, wherever they are. `.env` may go on with anything but a letter. */
const secretNames =
  /^(?:\.envs?(?:rc)?(?![a-z]).*|.*\.env|\.flaskenv|\.dev\.vars(?:\..*)?|id_(?:rsa|dsa|ecdsa|ed25519)(?:_sk)?(?:[._-].*)?|.*\.(?:pem|key|p12|pfx|p8|jks|keystore|kdbx?|ppk|gpg|asc|ovpn|agekey)|\.(?:netrc|npmrc|pypirc|pgpass|htpasswd|git-credentials|vault-token|vault[-_]pass(?:word)?|dockercfg|my\.cnf|s3cfg|boto|databrickscfg|secrets?)|credentials|.*credentials\.(?:json|toml|ya?ml|csv)|.*-adminsdk.*\.json|wp-config\.php|local\.settings\.json|client_secret.*\.json|service[-_]account.*\.json|secrets?\.(?:json|toml|ya?ml|env)|kubeconfig|terraform\.tfstate(?:\..*)?|.*\.tfvars(?:\.json)?|master\.key)$/
const publicNames = /^\.env(?:rc)?[._-](?:example|sample|template|dist|defaults?)$|\.pub$/
/** What editors and people make of a file's name beside it. */
const copyOf = /^\.?#|(?:~|#|[._-](?:bak|backup|old|orig|saved?|copy|tmp|sw[a-p]|\d+))+$/g
/** Folders that hold nothing else, wherever they are; and where git keeps addresses, with their tokens. */
const secretFolders =
  /\/(?:\.ssh|\.gnupg|\.envs?|\.secrets|\.aws\/(?:config|credentials)|\.docker\/config\.json|\.kube\/config)(?:\/|$)|\/\.git\/(?:(?:modules|worktrees)\/.*\/)?config(?:\.worktree)?$/

/** Of the system's own. */
const systemSecrets =
  /^\/(?:etc\/(?:g?shadow-?|sudoers(?:\.d)?|ssl\/private|ssh\/ssh_host_.*|krb5\.keytab|wireguard|networkmanager\/system-connections)|dev\/(?:mem|kmem|port)|proc\/(?:kcore|kmem|keys|key-users)|run\/secrets|var\/run\/secrets)(?:\/|$)|^\/proc\/\d+(?:\/|$)/

/**
 * Whether a file may hold keys or what other people may not see. Names are compared without regard to case, because
 * some file systems do. `/proc/PID` is a process's environment, memory and open files.
 */
export function isSecretFile(realPath: string, {home, ours, linked}: PrivatePlaces): boolean {
  const file = fold(realPath)
  const name = file.slice(file.lastIndexOf('/') + 1)
  const isNamedSo = secretNames.test(name) || secretNames.test(name.replaceAll(copyOf, ''))
  if (isNamedSo && !publicNames.test(name)) return true
  if (systemSecrets.test(file) || secretFolders.test(file)) return true
  if (isOfOurs(file, ours) || isInPlace(file, fold(home), secretPlaces)) return true
  return linked?.().secret.some((place) => isBelow(file, place)) ?? false
}

function isOfOurs(file: string, ours: readonly string[]): boolean {
  return ours.some((place) => isBelow(file, fold(place)))
}

/** Files that are read when something starts: who writes them runs what they like later. */
export const startUpPlaces = [
  ...['.bashrc', '.bash_profile', '.bash_login', '.bash_logout', '.bash_aliases', '.profile', '.inputrc', '.xprofile'],
  ...['.zshrc', '.zshenv', '.zprofile', '.zlogin', '.zlogout', '.kshrc', '.cshrc', '.tcshrc', '.login', '.config/fish'],
  ...['.tmux.conf', '.config/tmux', '.vimrc', '.vim', '.config/nvim', '.emacs', '.emacs.d', '.screenrc', '.gdbinit'],
  ...['.gitconfig', '.config/git', '.config/autostart', '.config/systemd', '.config/environment.d', '.pam_environment'],
  ...[
    '.local/bin',
    'bin',
    'library/launchagents',
    '.xinitrc',
    '.xsession',
    '.mailcap',
    '.pythonrc',
    '.irbrc',
    '.perldb',
  ],
]
const startUpNames =
  /^(?:\.exrc|\.nvimrc|\.nvim\.lua|\.lldbinit|\.?mise\.toml|\.yarnrc\.yml|\.pnpmfile\.cjs|\.gitmodules|\.gitattributes|\.hermesrc(?:\..*)?|hermes\.config\.(?:json|ya?ml)|\.mcp\.json|\.gdbinit|\.pre-commit-config\.yaml)$/
const startUpFolders =
  /\/(?:\.vscode|\.idea|\.zed|\.cursor|\.claude|\.codex|\.gemini|\.direnv|\.husky|\.config\/hermes|\.devcontainer)(?:\/|$)|\/\.config\/hermes\.(?:json|ya?ml)$/

/** Whether a program runs or obeys what is written there without being asked. */
export function isStartUpFile(realPath: string, {home, linked}: PrivatePlaces): boolean {
  const file = fold(realPath)
  const name = file.slice(file.lastIndexOf('/') + 1)
  if (startUpNames.test(name) || startUpFolders.test(file)) return true
  if (isInPlace(file, fold(home), startUpPlaces)) return true
  return linked?.().startUp.some((place) => isBelow(file, place)) ?? false
}

/** Whether no rule may ever allow to write there: it decides what git runs, or what hermes allows. */
export function isSealedFile(realPath: string, {ours}: PrivatePlaces): boolean {
  const file = fold(realPath)
  return /\/\.git(?:\/|$)/.test(file) || isOfOurs(file, ours)
}

export function isBelow(file: string, folder: string): boolean {
  return file === folder || file.startsWith(folder.endsWith('/') ? folder : `${folder}/`)
}

function isInPlace(file: string, home: string, places: readonly string[]): boolean {
  return isBelow(file, home) && places.some((place) => isBelow(file, `${home}/${place}`))
}

/** As the most lenient file system compares names: composed, in lower case, with `/` between folders. */
export function fold(file: string): string {
  return (path.sep === '\\' ? file.replaceAll('\\', '/') : file).normalize('NFC').toLowerCase()
}
