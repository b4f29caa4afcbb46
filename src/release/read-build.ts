import { readBuild, type Build } from '../build/build'
import { targetsOf } from '../plan/make-plan'
import { placesOf } from '../site/site-url'
import { checkedByBuildFile } from './read-build-file'
import type { Run } from './run'
import { workFolder } from './work-folder'

/**
 * Reads the build, and says what it is.
 *
 * @param workPath a folder on the runner
 * @throws DeployError for a build that clients or IIS could not use, or that does not fit its build file
 */
export function readAndNote(workPath: string, run: Run): Promise<Build> {
  return run.log.phase('Read the build', async () => {
    const found = await readBuild(run.settings.build, workPath)
    noteBuild(run, found)
    describeBuild(run, found)
    return checkedByBuildFile(found, run)
  })
}

/** The plan of a run that has no way to a site: the build is read and checked, and that is all. */
export async function planBuild(run: Run): Promise<void> {
  const { log, record } = run
  await using work = await workFolder()
  const { cloudApp, webApi } = await readAndNote(work.path, run)
  const files = [...cloudApp.files, ...(webApi?.files ?? [])]
  const bytes = files.reduce((sum, { size }) => sum + size, 0)
  log.info(
    `Without credentials this is a plan of the build alone: ${files.length} files, ${bytes} bytes. No site was asked.`
  )
  record.isLocalPlan = true
  record.status = 'planned'
  record.reasonCode = 'dry-run'
}

function describeBuild({ log }: Run, { cloudApp, webApi, publisher }: Build): void {
  const minimum = cloudApp.versionList?.parsed?.minimum
  log.info(
    `Cloud app ${cloudApp.name}, version ${cloudApp.version}, minimum compatible version ${minimum ?? '(unknown)'}`
  )
  log.info(
    webApi ? `Web APIs ${webApi.name}, ${webApi.files.length} files` : 'No Web APIs: the cloud app alone is released.'
  )
  for (const folder of publisher) log.info(`Launcher or runtime ${folder.path}`)
}

function noteBuild({ record, settings }: Run, build: Build): void {
  const targets = targetsOf(build, settings)
  record.app = build.cloudApp.name
  record.version = build.cloudApp.version
  record.minimum = build.cloudApp.versionList?.parsed?.minimum
  if (settings.isBuildOnly) return
  record.cloudAppAt = placesOf(settings.sites, targets.cloudApp)
  if (targets.webApi !== undefined) {
    record.webApiAt = placesOf(settings.webApiSites, targets.webApi)
  }
}
