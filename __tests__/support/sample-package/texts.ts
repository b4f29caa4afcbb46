/** The launcher and the runtime of the sample. */
export const LAUNCHER = 'CloudAppInstall V3'
export const RUNTIME = '25.1.0.6430'

const BOM = '\uFEFF'

/** The page that starts an app; PowerServer writes it with a BOM and CRLF. */
export function indexPage(appName: string): string {
  const lines = [
    '<!DOCTYPE html>',
    '<html>',
    '<head>',
    '    <meta charset="utf-8" />',
    `    <title>${appName}</title>`,
    '    <script src="js/jquery-3.5.1.min.js"></script>',
    '    <script src="js/cloudapplauncher-2.1.0.js"></script>',
    '</head>',
    '<body></body>',
    '</html>',
    ''
  ]
  return BOM + lines.join('\r\n')
}

export function apprun(webApiUrl: string): string {
  return `{
  "deployment_urls": {
    "launcher": "CloudAppPublisher/${LAUNCHER}",
    "runtime": "CloudAppPublisher/runtime/${RUNTIME}",
    "web_api": ${JSON.stringify(webApiUrl)}
  }
}
`
}

export function versionList(version: string, minimum: string): string {
  return `[Public]
MinimumValidVersion=${minimum}
[${version}]
OnlineTime=2026-01-07 10:00:00
OfflineTime=2036-01-07 10:00:00
`
}

/** The web.config of the whole site, or of the Web APIs' own folder. */
export function webConfig(folder: string): string {
  return `<?xml version="1.0" encoding="utf-8"?>
<configuration>
  <location path="." inheritInChildApplications="false">
    <system.webServer>
      <handlers>
        <add name="aspNetCore" path="*" verb="*" modules="AspNetCoreModuleV2" resourceType="Unspecified" />
      </handlers>
      <aspNetCore processPath="${folder}ServerAPIs.exe" stdoutLogEnabled="false" hostingModel="inprocess" />
    </system.webServer>
  </location>
</configuration>
`
}

export const LAUNCHER_SETUP = `{
\t"format": "1.0",
\t"package": "CloudAppLauncher_Installer.exe",
\t"mode": 0,
\t"checkcode": "42709c3e"
}
`

/** The settings of the Web APIs: JSON with comments, some of it with a BOM. */
export function webApiSettings(appName: string): Readonly<Record<string, string>> {
  return {
    'Server.json': `{
  //Do NOT modify this file. Otherwise, unexpected upgrade issues may occur.
  "PathBase": null,
  "AppModelsAssemblyNames": [ "AppModels.dll" ],
  "TemplateID": "86534347-3E3E-4585-BEFE-6CB1827545C8",
  "VersionInfo": { "Version": "2025", "Revision": "R2", "Build": "6430" }
}
`,
    'UserConfig.json': `{
  "AllowedHosts": "*",
  // PowerServer server configuration
  "PowerServer": { "LicenseKey": "", "LicenseCode": "" }
}
`,
    'AppConfig/AppConfig.json': `{
  // Sets the environment type when starting PowerServer
  "POWERSERVER_ENVIRONMENTTYPE": "Default"
}
`,
    'AppConfig/Applications.json': `{
  "Applications": {
    "${appName}": { "CloudTransactions": { "SQLCA": { "CacheName": "sales" } }, "Session": { "Timeout": 3600 } }
  },
  "Connections": {
    "Default": { "sales": { "ConnectionType": "SqlServer", "Host": "localhost", "Database": "sales" } }
  }
}
`,
    'Authentication/Authentication.json': `${BOM}{
  // Local policy
  "Authentication": { "UseDefault": true }
}
`,
    'HealthChecks/HealthChecks.json': `${BOM}{
  // Configuration and general rules
  "IpRateLimiting": { "GeneralRules": [ { "Endpoint": "*:/health*", "Period": "1s", "Limit": 2 } ] }
}
`,
    'HealthChecks/health-ui/index.html': '<!DOCTYPE html>\n<title>Health</title>\n',
    'Logging/Logging.json': `${BOM}{\n  "Logging": { "LogLevel": { "Default": "Warning" } }\n}\n`,
    'Logging/log4net.xml': '<?xml version="1.0" encoding="utf-8"?>\n<log4net></log4net>\n',
    'ServerAPIs.deps.json': '{\n  "runtimeTarget": { "name": ".NETCoreApp,Version=v10.0" }\n}\n',
    'ServerAPIs.runtimeconfig.json': '{\n  "runtimeOptions": { "tfm": "net10.0" }\n}\n'
  }
}
