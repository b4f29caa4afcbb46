globalThis.isPostStep = true
require('./index.js')
