import {execFile} from 'node:child_process'
import {errnoOf} from '../../errors.js'
import {imageKind} from '../../images/header.js'

const MAX_MS = 5000

/** A screen in full is some MiB; hexadecimal doubles it. */
const MAX_OUTPUT = 64 * 1_048_576

interface Program {
  name: string
  args: readonly string[]
  /** The image in what it writes; default as it is. */
  decode?: (output: Buffer) => Buffer
}

const POWERSHELL = [
  '-NoProfile',
  '-NonInteractive',
  '-STA',
  '-Command',
  `Add-Type -AssemblyName System.Windows.Forms, System.Drawing
$image = [System.Windows.Forms.Clipboard]::GetImage()
if ($image) {
  $stream = New-Object System.IO.MemoryStream
  $image.Save($stream, [System.Drawing.Imaging.ImageFormat]::Png)
  [Convert]::ToBase64String($stream.ToArray())
}`,
]
const base64 = (output: Buffer) => Buffer.from(output.toString('latin1').trim(), 'base64')

/** Those of a desktop first, then what reaches one from inside another system (WSL). */
const programs: readonly Program[] = [
  {name: 'wl-paste', args: ['--no-newline', '--type', 'image/png']},
  {name: 'xclip', args: ['-selection', 'clipboard', '-target', 'image/png', '-out']},
  {name: 'pngpaste', args: ['-']},
  {
    name: 'osascript',
    args: ['-e', 'get the clipboard as «class PNGf»'],
    // It writes «data PNGf89504E47…».
    decode: (output) => Buffer.from(/PNGf([0-9A-Fa-f]+)/.exec(output.toString('latin1'))?.[1] ?? '', 'hex'),
  },
  {name: 'powershell.exe', args: POWERSHELL, decode: base64},
]

/** The image in the person's clipboard, or in words why there is none. Never rejects. */
export async function clipboardImage(env: NodeJS.ProcessEnv = process.env): Promise<Buffer | string> {
  let asked = false
  for (const program of programs) {
    const output = await run(program, env)
    if (output === undefined) continue
    asked = true
    const image = program.decode ? program.decode(output) : output
    if (imageKind(image)) return image
  }
  if (asked) return 'there is no image in the clipboard · a path of a file does too: @pic.png'
  const missing = process.platform === 'darwin' ? 'pngpaste' : 'wl-clipboard (Wayland) or xclip (X11)'
  return `no program here reads an image from the clipboard: install ${missing} · a path of a file does too: @pic.png`
}

/** What it writes, also where it fails; undefined where it is not installed. */
function run({name, args}: Program, env: NodeJS.ProcessEnv): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const options = {env, encoding: 'buffer', timeout: MAX_MS, maxBuffer: MAX_OUTPUT, windowsHide: true} as const
    const child = execFile(name, args, options, (error, output) => {
      resolve(error && ['ENOENT', 'EACCES'].includes(errnoOf(error) ?? '') ? undefined : output)
    })
    child.stdin?.end()
  })
}
