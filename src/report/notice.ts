/** What the notice file says. */
export interface Notice {
  readonly app: string
  readonly version: string
  /** Undefined where the build carries none. */
  readonly minimum: string | undefined
  readonly releasedAt: Date
  /** For users. */
  readonly message: string
  readonly appUrl: string | undefined
}

/**
 * The notice file beside `apprun.json`, which a running app polls: JSON in UTF-8 without a BOM, always in the same order
 * and with all keys, so that a reader needs no cases.
 */
export function noticeOf({ app, version, minimum, releasedAt, message, appUrl }: Notice): Buffer {
  const notice = {
    schemaVersion: 1,
    app,
    version,
    minimumCompatibleVersion: minimum ?? null,
    releasedAt: releasedAt.toISOString(),
    message,
    appUrl: appUrl ?? null
  }
  return Buffer.from(`${JSON.stringify(notice, undefined, 2)}\n`)
}
