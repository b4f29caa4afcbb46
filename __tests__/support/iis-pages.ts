import type { HttpAnswer } from './http-service'

const HTML = { 'Content-Type': 'text/html' }

/** What the ASP.NET Core module answers when it cannot start an app: the heading as IIS has it, the markup around it alike. */
export function startUpPage(code: string, what: string): HttpAnswer {
  const heading = `HTTP Error ${code} - ${what}`
  const body = `<!DOCTYPE html>
<html>
<head>
    <meta http-equiv="Content-Type" content="text/html; charset=utf-8" />
    <title>${heading} </title>
    <style type="text/css"></style>
</head>
<body>
<div id = "content">
  <div class = "content-container"><h3> ${heading} </h3></div>
  <div class = "content-container">
   <fieldset> <h4> Common solutions to this issue: </h4>
   <ul><li> The app failed to start </li></ul></fieldset>
  </div>
  <div class = "content-container">
   <fieldset><h4> Troubleshooting steps: </h4>
   <ul> <li> Check the system event log for error messages </li> </ul></fieldset>
  </div>
</div></body></html>`
  return { status: Number(code.slice(0, 3)), headers: HTML, body }
}

/** What HTTP.sys answers for an application pool that is stopped. */
export const poolStoppedPage: HttpAnswer = {
  status: 503,
  headers: { 'Content-Type': 'text/html; charset=us-ascii', Server: 'Microsoft-HTTPAPI/2.0' },
  body: `<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN""http://www.w3.org/TR/html4/strict.dtd">\r
<HTML><HEAD><TITLE>Service Unavailable</TITLE>\r
<META HTTP-EQUIV="Content-Type" Content="text/html; charset=us-ascii"></HEAD>\r
<BODY><h2>Service Unavailable</h2>\r
<hr><p>HTTP Error 503. The service is unavailable.</p>\r
</BODY></HTML>\r
`
}

/** What HTTP.sys answers for a host name that no site has. */
export const hostUnknownPage: HttpAnswer = {
  status: 400,
  headers: { 'Content-Type': 'text/html; charset=us-ascii', Server: 'Microsoft-HTTPAPI/2.0' },
  body: `<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN""http://www.w3.org/TR/html4/strict.dtd">\r
<HTML><HEAD><TITLE>Bad Request</TITLE>\r
<META HTTP-EQUIV="Content-Type" Content="text/html; charset=us-ascii"></HEAD>\r
<BODY><h2>Bad Request - Invalid Hostname</h2>\r
<hr><p>HTTP Error 400. The request hostname is invalid.</p>\r
</BODY></HTML>\r
`
}

/** What IIS tells those who are not on the server itself: no detail. */
export function shortPage(status: number, heading: string): HttpAnswer {
  const body = `<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd">
<html xmlns="http://www.w3.org/1999/xhtml">
<head>
<title>${status} - ${heading}</title>
</head>
<body>
<div id="header"><h1>Server Error</h1></div>
<div id="content">
 <div class="content-container"><fieldset>
  <h2>${status} - ${heading}</h2>
 </fieldset></div>
</div>
</body>
</html>
`
  return { status, headers: HTML, body }
}

/** What PowerServer's limit of calls answers. */
export function tooManyCalls(retryAfter: string): HttpAnswer {
  return {
    status: 429,
    headers: { 'Content-Type': 'text/plain', 'Retry-After': retryAfter },
    body: 'API calls quota exceeded! maximum admitted 100 per 15m.'
  }
}
