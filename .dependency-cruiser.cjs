/**
 * Imports point one way. What a folder may import is listed; everything else of ours is forbidden.
 * @type {import('dependency-cruiser').IConfiguration}
 */
const may = {
  platform: [],
  'compile-cache': [],
  errors: [],
  'control-sequences': [],
  sqlite: [],
  redact: [],
  refusal: ['errors'],
  protocol: ['errors'],
  config: ['errors', 'platform', 'redact', 'refusal/text', 'permissions/rules/rule', 'permissions/types'],
  lifecycle: ['errors', 'platform', 'crash-log', 'config'],
  'crash-log': ['errors', 'platform', 'redact'],
  supervisor: ['errors', 'platform', 'control-sequences', 'protocol', 'lifecycle'],
  policies: ['config', 'supervisor/types'],
  permissions: ['errors', 'platform', 'config/paths', 'config/files/positions', 'sqlite'],
  gateway: [
    'errors',
    'platform',
    'permissions',
    'sqlite',
    'redact',
    'compile-cache',
    'control-sequences',
    'protocol',
    'config',
    'crash-log',
  ],
  tui: ['errors', 'permissions/types', 'platform', 'protocol', 'supervisor', 'lifecycle/events'],
  chat: [
    'permissions',
    'errors',
    'platform',
    'compile-cache',
    'protocol',
    'config',
    'lifecycle',
    'crash-log',
    'supervisor',
    'policies',
    'tui',
  ],
  doctor: [
    'errors',
    'control-sequences',
    'platform',
    'redact',
    'protocol',
    'config',
    'lifecycle',
    'crash-log',
    'supervisor',
    'policies',
    'sqlite',
    'gateway/store',
    'gateway/models',
    'gateway/session/owner',
  ],
  sessions: ['platform', 'gateway/store'],
  plugins: ['index'],
  index: ['errors', 'lifecycle', 'crash-log'],
  hooks: ['refusal/command'],
}

const oneWay = Object.entries(may).map(([from, to]) => ({
  name: `${from}-imports`,
  comment: `src/${from} may import ${to.length > 0 ? to.join(', ') : 'nothing'} of ours`,
  severity: 'error',
  from: {path: `^src/${from}(/|\\.ts)`},
  to: {path: '^src/', pathNot: [from, ...to].map((name) => `^src/${name}(/|\\.ts)`)},
}))

const entryPoints = [
  '^src/(cli|index|gateway/(main|load))\\.ts$',
  '^src/(commands|hooks)/',
  '^src/plugins/[^/]+/index\\.ts$',
  '\\.worker\\.ts$',
]

module.exports = {
  forbidden: [
    ...oneWay,
    {
      name: 'no-screen-in-the-machine',
      comment: 'React and oclif belong to the screen and the commands',
      severity: 'error',
      from: {path: '^src/(supervisor|protocol|gateway|config|crash-log)/'},
      // Types say what oclif hands over, and are gone when the program runs.
      to: {path: 'node_modules/(react|ink|@oclif)/', dependencyTypesNot: ['type-only']},
    },
    {
      name: 'pure-machine',
      comment: 'the state machine of the supervisor decides; clock, files and processes are effects of others',
      severity: 'error',
      from: {path: '^src/supervisor/machine/'},
      to: {dependencyTypes: ['core', 'npm']},
    },
    {
      name: 'pure-machine-of-ours',
      comment: 'of the supervisor the state machine knows the words of the wire and the causes of deaths only',
      severity: 'error',
      from: {path: '^src/supervisor/machine/'},
      to: {
        path: '^src/supervisor/',
        pathNot: [
          '^src/supervisor/(machine|wire)/',
          '^src/supervisor/types\\.ts$',
          '^src/supervisor/death/cause\\.ts$',
        ],
      },
    },
    {
      name: 'wire-without-process',
      comment: 'frames and requests are the same whatever carries them',
      severity: 'error',
      from: {path: '^src/supervisor/wire/'},
      to: {path: ['^src/supervisor/(machine|process)/', 'node_modules/execa/', '^(node:)?child_process$']},
    },
    {
      name: 'text-without-screen',
      comment: 'text is cleaned, wrapped and painted without knowing where it is shown',
      severity: 'error',
      from: {path: '^src/tui/text/'},
      to: {path: '^src/', pathNot: ['^src/tui/text/', '^src/control-sequences\\.ts$']},
    },
    {
      name: 'pure-state',
      comment: 'what is on screen follows from events alone: no clock, no file, nothing that draws',
      severity: 'error',
      from: {path: '^src/tui/state/'},
      to: {
        path: [
          '^src/tui/(screen|terminal|outbox|commands)/',
          'node_modules/(react|ink)/',
          '^(node:)?(fs|child_process)$',
        ],
      },
    },
    {
      name: 'store-without-turns',
      comment: 'the store keeps rows and knows nothing of who asks for them',
      severity: 'error',
      from: {path: '^src/gateway/store/'},
      to: {path: '^src/gateway/(process|server|methods|session|turn|tools)/'},
    },
    {
      name: 'rules-without-verdicts',
      comment: 'a rule says what it matches; what follows from all of them is decided above it',
      severity: 'error',
      from: {path: '^src/permissions/(rules|shell|git)/'},
      to: {path: '^src/permissions/verdict/'},
    },
    {name: 'no-circular', comment: 'types included', severity: 'error', from: {}, to: {circular: true}},
    {
      name: 'no-unused',
      comment: 'no entry point leads to it',
      severity: 'error',
      from: {path: entryPoints},
      to: {path: '^src/', pathNot: [...entryPoints, '\\.d\\.ts$'], reachable: false},
    },
    {name: 'resolvable', severity: 'error', from: {}, to: {couldNotResolve: true}},
    {
      name: 'declared',
      comment: 'only what package.json lists under dependencies is there when the program is installed',
      severity: 'error',
      from: {path: '^src'},
      to: {dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only']},
    },
  ],
  options: {
    doNotFollow: {path: 'node_modules'},
    tsPreCompilationDeps: true,
    tsConfig: {fileName: 'tsconfig.json'},
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
    moduleSystems: ['es6', 'cjs'],
  },
}
