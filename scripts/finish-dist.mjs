import { readdirSync, rmSync, writeFileSync } from 'node:fs'

// ncc copies what a dependency might load at run time. Of ssh2 that is a Windows program for Pageant, which this action
// never asks for keys; a file that nobody calls has no place in what a runner downloads.
for (const name of readdirSync('dist')) {
  if (name !== 'index.js' && name !== 'licenses.txt') rmSync(`dist/${name}`, { recursive: true })
}

// The post step is the same bundle, so that a runner downloads it once.
writeFileSync('dist/post.js', "globalThis.isPostStep = true\nrequire('./index.js')\n")
