// A module of its own to be loaded late: a bundler gives a late-loaded CommonJS module no named exports.
export {default as ignore} from 'ignore'
