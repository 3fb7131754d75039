const kept = new Set([
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'LANG',
  'LANGUAGE',
  'TZ',
  'TERM',
  'COLUMNS',
  'NO_COLOR',
  'TMPDIR',
])

/**
 * What a command that nobody was asked about gets of our environment. A list of what is kept: names that
 * load code, name programs or hold keys are too many to be listed. Of PATH the absolute folders.
 */
export function scrubbedEnv(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const scrubbed: NodeJS.ProcessEnv = {}
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && (kept.has(name) || /^LC_[A-Z]+$/.test(name))) scrubbed[name] = value
  }
  if (scrubbed.PATH !== undefined) {
    scrubbed.PATH = scrubbed.PATH.split(':')
      .filter((folder) => folder.startsWith('/'))
      .join(':')
  }
  return scrubbed
}
