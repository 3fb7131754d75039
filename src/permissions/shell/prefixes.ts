import type {ShellWord} from './types.js'

/**
 * How many words of a command say what it does, so that the rest may be anything. The longest entry
 * counts. A program that isn't here runs others, deletes, or is not known: of it only the exact text
 * can be allowed.
 */
const words: Readonly<Record<string, number>> = {
  // Read, or write only what the folder's project says.
  ...each(1, 'ls cat head tail wc grep rg fd tree stat du df file cut tr sort uniq diff cmp jq echo pwd which'),
  ...each(1, 'mkdir touch eslint prettier biome tsc jest vitest mocha ava playwright cypress stylelint oxlint'),
  ...each(1, 'pytest ruff black isort mypy pyright flake8 pylint tox nox rustfmt gofmt goimports golangci-lint'),
  ...each(1, 'clang-format clang-tidy shellcheck shfmt rubocop rspec phpunit phpstan ktlint swiftlint hadolint'),
  ...each(2, 'git npm pnpm yarn bun deno cargo go rustup dotnet mix gem bundle composer poetry pdm hatch uv pip pip3'),
  ...each(2, 'brew apt apt-get dnf systemctl docker podman kubectl helm terraform vagrant gh glab gradle gradlew mvn'),
  ...each(2, 'cmake bazel nx turbo lerna rake flutter dart swift stack cabal opam lein sbt zig just task'),
  ...each(3, 'npm-run pnpm-run yarn-run bun-run deno-task uv-pip cargo-nextest docker-compose docker-image'),
  ...each(3, 'docker-container docker-volume docker-network docker-system docker-builder docker-buildx podman-image'),
  ...each(3, 'podman-container git-stash git-remote git-worktree git-submodule git-bisect git-config git-notes'),
  ...each(
    3,
    'gh-pr gh-issue gh-repo gh-run gh-release gh-workflow kubectl-config kubectl-rollout npm-config npm-cache',
  ),
  ...each(3, 'aws az gcloud dotnet-tool flutter-pub dart-pub'),
}

/** Words that run what follows them, or everything: `npx x`, `docker run`, `poetry run`. */
const open = new Set([
  ...'npm-exec npm-x pnpm-exec pnpm-dlx yarn-exec yarn-dlx bun-x deno-run deno-eval go-run cargo-run uv-run'.split(' '),
  ...'poetry-run pdm-run hatch-run docker-run docker-exec podman-run podman-exec kubectl-exec kubectl-run'.split(' '),
  ...'bundle-exec composer-exec dotnet-exec nx-run git-bisect-run docker-compose-run docker-compose-exec'.split(' '),
  ...'gh-api docker-container-run docker-container-exec flutter-run mix-run stack-exec cabal-exec zig-run'.split(' '),
])

function each(count: number, names: string): Record<string, number> {
  return Object.fromEntries(names.split(' ').map((name) => [name, count]))
}

/**
 * The words in front that a rule for "the same with any arguments" keeps: `npm run lint` of `npm run
 * lint --fix`. Undefined where there is no such rule: the program may do anything, the subcommand isn't
 * there or isn't known, or a word is made by the shell.
 */
export function prefixOf(command: readonly ShellWord[]): string[] | undefined {
  if (command.some(({literal}) => !literal)) return undefined
  const all = command.map(({text}) => text)
  const [program = '', subcommand] = all
  const count = lookUp(`${program}-${subcommand}`) ?? lookUp(program)
  if (count === undefined || all.length < count) return undefined
  const prefix = all.slice(0, count)
  // An option in front of the subcommand may take a value; a path is no name of a subcommand.
  if (prefix.slice(1).some((word) => !/^[A-Za-z][\w:.@-]*$/.test(word))) return undefined
  return open.has(prefix.join('-')) || open.has(all.slice(0, 2).join('-')) ? undefined : prefix
}

function lookUp(name: string): number | undefined {
  return Object.hasOwn(words, name) ? words[name] : undefined
}
