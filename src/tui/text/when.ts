/** `2026-11-03 14:05` in local time; a gateway tells seconds or milliseconds. Empty for 0, and for what is no time. */
export function when(time: number): string {
  const date = new Date(time < 1e11 ? time * 1000 : time)
  if (time === 0 || Number.isNaN(date.getTime())) return ''
  const pad = (part: number) => String(part).padStart(2, '0')
  const day = `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`
  return `${day} ${pad(date.getHours())}:${pad(date.getMinutes())}`
}
