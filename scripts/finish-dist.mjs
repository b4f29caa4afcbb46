import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { minify } from 'terser'

// ncc copies what a dependency might load at run time. Of ssh2 that is a Windows program for Pageant, which this action
// never asks for keys; a file that nobody calls has no place in what a runner downloads.
for (const name of readdirSync('dist')) {
  if (name !== 'index.js' && name !== 'licenses.txt') rmSync(`dist/${name}`, { recursive: true })
}

// A quarter of what ncc writes are comments of dependencies. Names and lines stay, so that a stack trace can be read; licenses
// are in licenses.txt.
const { code } = await minify(readFileSync('dist/index.js', 'utf8'), {
  compress: false,
  mangle: false,
  format: { comments: false, beautify: true, indent_level: 1, ascii_only: true }
})
writeFileSync('dist/index.js', `${code}\n`)

// The post step is the same bundle, so that a runner downloads it once.
writeFileSync('dist/post.js', "globalThis.isPostStep = true\nrequire('./index.js')\n")
