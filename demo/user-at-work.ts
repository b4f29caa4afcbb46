import { setTimeout as sleep } from 'node:timers/promises'

/** A user who has started the app before a release and does not restart. */
export interface UserAtWork {
  /** @returns how many calls were answered, and each answer that was not as it should be */
  stop(): Promise<{ readonly answers: number; readonly broken: readonly string[] }>
}

/** Keeps calling the Web APIs that the user's client got when it started; the same build has to answer all the time. */
export function startUserAtWork(apiUrl: string, build: string): UserAtWork {
  const broken: string[] = []
  let answers = 0
  let isStopped = false
  const call = async (): Promise<void> => {
    const response = await fetch(`${apiUrl}api/version-of-build`)
    const body = (await response.text()).trim()
    if (response.status !== 200) throw new Error(`${apiUrl} answers ${response.status} to a user at work`)
    if (body !== build) throw new Error(`${apiUrl} answers a user at work with ${body} instead of ${build}`)
  }
  const work = async (): Promise<void> => {
    while (!isStopped) {
      try {
        await call()
        answers += 1
      } catch (error) {
        broken.push(error instanceof Error ? error.message : String(error))
      }
      await sleep(10)
    }
  }
  const working = work()
  return {
    stop: async () => {
      isStopped = true
      await working
      return { answers, broken }
    }
  }
}
