export const shells = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof shells)[number]

/** What a shell runs once: it asks the program at each Tab. A candidate is a line, and its description behind a tab. */
export const scripts: Readonly<Record<Shell, string>> = {
  bash: `# hermes: completion for bash. In ~/.bashrc: eval "$(hermes completion bash)"
_hermes() {
  local current=\${COMP_WORDS[COMP_CWORD]} line IFS=$'\\n'
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :files) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$current")) ;;
      :folders) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -d -- "$current")) ;;
      *) COMPREPLY+=("$line") ;;
    esac
  done < <(command hermes __complete bash "$COMP_LINE" "$COMP_POINT" "$current" 2>/dev/null)
}
complete -F _hermes hermes
`,
  zsh: `#compdef hermes
# hermes: completion for zsh. In ~/.zshrc, behind compinit: eval "$(hermes completion zsh)"
_hermes() {
  local line value
  local -a values shown
  while IFS= read -r line; do
    case $line in
      :files) _files; return ;;
      :folders) _files -/; return ;;
    esac
    value=\${line%%$'\\t'*}
    values+=("$value")
    if [[ $line == *$'\\t'?* ]]; then shown+=("$value -- \${line#*$'\\t'}"); else shown+=("$value"); fi
  done < <(command hermes __complete zsh -- "\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}" 2>/dev/null)
  (( $#values )) && compadd -l -d shown -a values
}
if [ "$funcstack[1]" = _hermes ]; then _hermes "$@"; else compdef _hermes hermes; fi
`,
  fish: `# hermes: completion for fish. In ~/.config/fish/config.fish: hermes completion fish | source
function __hermes_complete
  set -l words (commandline -opc)
  set -l current (commandline -ct | string unescape)
  set -l found (command hermes __complete fish -- $words[2..-1] "$current" 2>/dev/null)
  switch "$found[1]"
    case :files
      __fish_complete_path "$current"
    case :folders
      __fish_complete_directories "$current" ''
    case '*'
      printf '%s\\n' $found
  end
end
complete -c hermes -f -a '(__hermes_complete)'
`,
}
