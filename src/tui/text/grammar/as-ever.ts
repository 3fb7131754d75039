import {lateRegexps} from '../../../memory/late-regexps.js'

lateRegexps(false)
