import { DeployError } from '../../src/errors'

/** The DeployError that some work ends with; fails when it ends with another error, or with none. */
export async function deployErrorOf(work: () => unknown): Promise<DeployError> {
  try {
    await work()
  } catch (error) {
    if (error instanceof DeployError) return error
    throw error
  }
  throw new Error('It was expected to fail, and it did not.')
}
