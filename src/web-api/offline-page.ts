import { stagedName } from '../site/temporary-name'

/** The ASP.NET Core module stops an app that has this file in its folder (learn.microsoft.com, app-offline). */
export const offlinePageName = 'app_offline.htm'

/** What a drain leaves of the page when it is killed before the page has its name. */
export const retiredPageRest = stagedName(offlinePageName)

/** Tells a page of a retired side from one that an operator has put there. */
const retiredMark = '<!-- powerserver-hot-deploy: retired -->'

/** What a retired side answers to each request, with status 503. */
export const retiredPage = `<!DOCTYPE html>
${retiredMark}
<html lang="en">
<head><meta charset="utf-8"><title>Retired</title></head>
<body><p>These Web APIs are retired. Please restart the app.</p></body>
</html>
`

/** Is this the page of a retired side? */
export function isRetiredPage(text: string): boolean {
  return text.includes(retiredMark)
}
