import {defaultModels} from '../catalog.js'

/** Tokens per second where a name or prompt gives none: about what a hosted model does. */
export const DEFAULT_PACE = 40

/** More would only fill the store. */
export const MAX_TOKENS = 1_000_000

/** What an offline model does, as its name or the prompt says. */
export type Behaviour =
  | {kind: 'explain'}
  | {kind: 'count'; tokens: number; perSecond: number}
  | {kind: 'think'}
  | {kind: 'tools'}
  | {kind: 'clarify'}
  /** Fails after that many tokens; 0: before the first. */
  | {kind: 'error'; after: number}

/** The behaviour of `offline/NAME` (NAME is empty for `offline`), or undefined when there is no such model. */
export function behaviourOf(name: string): Behaviour | undefined {
  if (name === '') return {kind: 'explain'}
  if (name === 'think' || name === 'tools' || name === 'clarify') return {kind: name}
  const error = /^error(?:@(\d{1,6}))?$/.exec(name)
  if (error) return {kind: 'error', after: Number(error[1] ?? 0)}
  const count = /^(\d{1,7})(?:@(\d{1,7}(?:\.\d{1,3})?))?$/.exec(name)
  return count ? counting(count[1], count[2]) : undefined
}

/** What a prompt asks of plain `offline`: "200", "count to 200", "stream 200 tokens at 80". */
export function behaviourInPrompt(prompt: string): Behaviour {
  const match =
    /^(?:(?:please\s+)?(?:count(?:\s+to)?|stream|write|say)\s+)?(\d{1,7})(?:\s+(?:tokens|words))?(?:\s*(?:@|at)\s*(\d{1,7}(?:\.\d{1,3})?)(?:\s*(?:\/\s*s|per second|tokens\/s|a second))?)?[.!]?$/i.exec(
      prompt,
    )
  return (match ? counting(match[1], match[2]) : undefined) ?? {kind: 'explain'}
}

/** Said by plain `offline`. */
export const explanation = `This is the offline model built into hermes. No model is configured, so nothing was sent anywhere: what you write stays on this machine, and what you read here is a fixed text.

To talk to a real model, do one of these and start hermes again:
- Set a key in the environment: ANTHROPIC_API_KEY, OPENAI_API_KEY, GEMINI_API_KEY or OPENROUTER_API_KEY. Its provider's default model is then used.
- Start a local server: Ollama, LM Studio and llama.cpp are found by themselves on their usual ports.
- Name a model: \`hermes chat --model anthropic/${defaultModels.anthropic}\`, or \`model:\` in your configuration (\`hermes config path\` shows the file). Any OpenAI-compatible address works as \`providers.NAME.baseUrl\`.

Until then you can try everything else with me: "count to 500" streams 500 numbered words to interrupt, queue behind or recover; \`--model offline/2000@50\` does it at 50 words a second, \`offline/think\` shows reasoning, \`offline/tools\` runs tools and asks first, \`offline/clarify\` asks you something, \`offline/error\` fails as a provider does.`

/** Reasoning of `offline/think`. */
export const thought =
  'The person chose the offline model that thinks aloud. There is nothing to work out, so this reasoning only shows where a real one would appear: it streams before the answer, in its own place, and it is kept with the session.'

/** Answer of `offline/think`. */
export const thoughtAnswer =
  'That was the reasoning of the offline model. Real models that stream their reasoning are shown in the same way; choose how much with the setting `reasoningEffort`.'

/** A text as tokens: each word with the space or line breaks before it. */
export function tokensOf(text: string): string[] {
  return text.match(/\s*\S+/g) ?? []
}

/** What is left of a fixed text after the part that was already shown; all of it when that part is another text. */
export function restOf(text: string, partial: string | undefined): string {
  return partial !== undefined && text.startsWith(partial) ? text.slice(partial.length) : text
}

function counting(tokens: string | undefined, pace: string | undefined): Behaviour | undefined {
  const count = Number(tokens)
  const perSecond = pace === undefined ? DEFAULT_PACE : Number(pace)
  if (!(count >= 1 && count <= MAX_TOKENS) || !(perSecond > 0)) return undefined
  return {kind: 'count', tokens: count, perSecond}
}
