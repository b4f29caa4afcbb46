// npm run local -- FILE.env: runs the action against a real server, with the inputs of a file.
import { readFile } from 'node:fs/promises'
import { parseEnv } from 'node:util'
import { runAction } from './as-runner.mjs'

const usage = `npm run local -- FILE.env

FILE.env has an input a line, as in a workflow's with: block, with values in quotes where they hold a # or several lines:

  strategy=versioning
  package=build/salesdemo.zip
  site=sftp://deploy@server/C:/inetpub/wwwroot
  web-api-url=https://api-b.example.com/salesdemo_API/
  host-key=SHA256:...
  private-key="-----BEGIN OPENSSH PRIVATE KEY-----
  ...
  -----END OPENSSH PRIVATE KEY-----
  "
`

const file = process.argv[2]
if (file === undefined) {
  console.error(usage)
  process.exit(2)
}
const inputs = /** @type {Record<string, string>} */ (parseEnv(await readFile(file, 'utf8')))
// Ctrl-C reaches the action too, which undoes and unlocks; this waits for it.
process.on('SIGINT', () => undefined)
const run = await runAction(inputs, {
  // This is no run of GitHub, and a lock must not say so.
  env: { GITHUB_REPOSITORY: '', GITHUB_RUN_ID: '' },
  onOutput: text => {
    process.stdout.write(text.replace(/^::add-mask::.*\n?/gm, ''))
  }
})
console.log('\nOutputs')
for (const [name, value] of Object.entries(run.outputs)) console.log(`  ${name}: ${value}`)
console.log(`\nSummary\n\n${run.summary}`)
process.exitCode = run.exitCode ?? 1
