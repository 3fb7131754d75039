import Sessions from './index.js'

/** The same under the name that its siblings make one look for. */
export default class SessionsList extends Sessions {
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    {command: '<%= config.bin %> <%= command.id %> --limit 5 --json', description: 'The five newest, for a program'},
  ]
}
