/** `#rrggbb`, lower case. */
export type Hex = `#${string}`

type Rgb = readonly [red: number, green: number, blue: number]

export function rgbOf(hex: Hex): Rgb {
  const value = Number.parseInt(hex.slice(1), 16)
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255]
}

export function hexOf(rgb: readonly number[]): Hex {
  return `#${rgb.map((part) => Math.round(part).toString(16).padStart(2, '0')).join('')}`
}

/** Relative luminance as WCAG 2 defines it: 0 is black, 1 is white. */
export function luminance(hex: Hex): number {
  const [red, green, blue] = rgbOf(hex).map((part) => {
    const share = part / 255
    return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
  }) as [number, number, number]
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

/** Contrast as WCAG 2 defines it: 1 to 21; text is read with ease from 4.5 on, by weak eyes from 7 on. */
export function contrast(one: Hex, other: Hex): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b)
  return (light + 0.05) / (dark + 0.05)
}

/** `share` of the other in it, 0 to 1. */
export function mixed(hex: Hex, other: Hex, share: number): Hex {
  const to = rgbOf(other)
  return hexOf(rgbOf(hex).map((part, index) => part + ((to[index] ?? 0) - part) * share))
}

const cubeLevels = [0, 95, 135, 175, 215, 255]

/** Colour of a number from 16 on in the palette of 256, which no terminal changes. */
export function ofPalette(index: number): Hex {
  if (index >= 232) return hexOf([8 + (index - 232) * 10, 8 + (index - 232) * 10, 8 + (index - 232) * 10])
  const cube = index - 16
  return hexOf([Math.floor(cube / 36), Math.floor(cube / 6) % 6, cube % 6].map((step) => cubeLevels[step] ?? 0))
}

/** The number from 16 on in the palette of 256 that is nearest. */
export function nearestOfPalette(hex: Hex): number {
  const [red, green, blue] = rgbOf(hex)
  const step = (part: number) =>
    cubeLevels.reduce((best, level, at) => {
      return Math.abs(level - part) < Math.abs((cubeLevels[best] ?? 0) - part) ? at : best
    }, 0)
  const cube = 16 + 36 * step(red) + 6 * step(green) + step(blue)
  const grey = 232 + Math.max(0, Math.min(23, Math.round(((red + green + blue) / 3 - 8) / 10)))
  return distance(ofPalette(grey), hex) < distance(ofPalette(cube), hex) ? grey : cube
}

function distance(one: Hex, other: Hex): number {
  const to = rgbOf(other)
  return rgbOf(one).reduce((sum, part, index) => sum + (part - (to[index] ?? 0)) ** 2, 0)
}
