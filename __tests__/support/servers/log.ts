import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

/** Reads the lines of a log once nothing has been added for a while: daemons answer first and log a bit later. */
export async function settledLines(log: string): Promise<string[]> {
  let text = await readLog(log)
  for (let before; text !== before; text = await readLog(log)) {
    before = text
    await sleep(100)
  }
  return text.split('\n').filter(Boolean)
}

async function readLog(log: string) {
  try {
    return await readFile(log, 'utf8')
  } catch (cause) {
    throw new Error(`cannot read ${log}: ask for the commands before stop(), which removes it`, { cause })
  }
}
