// Modules are run in this order, after all of them are compiled: only what `marked` makes as it is loaded is made late.
import './late.js'

export {Lexer, Tokenizer} from 'marked'

import './as-ever.js'
