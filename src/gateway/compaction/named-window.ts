/** How providers and servers name the window that a request did not fit in; the first number is meant. */
const forms = [
  // OpenAI, vLLM, OpenRouter: "maximum context length is 128000 tokens"
  /maximum context length (?:is|of) ([\d,_]+)/i,
  // Mistral: "too large for model with 32768 maximum context length"
  /([\d,_]+) maximum context length/i,
  // Anthropic: "prompt is too long: 212000 tokens > 200000 maximum", "… exceed context limit: 197000 + 8192 > 200000"
  /> ?([\d,_]+)(?: maximum| tokens|[,.\s]|$)/i,
  // Google: "exceeds the maximum number of tokens allowed (1048576)"
  /number of tokens allowed \(([\d,_]+)/i,
  // llama.cpp: "exceeds the available context size (8192 tokens)"; Ollama, LM Studio: "context window of 4096 tokens"
  /context (?:size|window|length|limit)\W{1,3}(?:of |is )?\(?([\d,_]+)/i,
  /n_ctx\W{1,4}([\d,_]+)/i,
]

/** The window in tokens that an error names; undefined where it names none. */
export function namedWindow(message: string): number | undefined {
  for (const form of forms) {
    const named = Number(form.exec(message)?.[1]?.replaceAll(/[,_]/g, ''))
    if (Number.isInteger(named) && named >= 256) return named
  }
  return undefined
}
