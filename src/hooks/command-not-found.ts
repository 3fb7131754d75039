import type {Hook} from '@oclif/core/hooks'
import {unknownCommand} from '../refusal/command.js'

const commandNotFound: Hook.CommandNotFound = async ({config, id}) => {
  throw unknownCommand(config, id.split(/[: ]/))
}

export default commandNotFound
