import {lateRegexps} from '../../../memory/late-regexps.js'

lateRegexps(true)
