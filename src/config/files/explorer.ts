// A module of its own to be loaded late: a bundler gives a late-loaded CommonJS module no named exports.
export {Explorer} from 'cosmiconfig/dist/Explorer.js'
