import { describe, expect, test } from '@jest/globals'
import { parseSite, type SiteAddress } from '../../../src/site/site-url'

function address(text: string): SiteAddress {
  const site = parseSite(text)
  if (typeof site === 'string') throw new Error(site)
  return site
}

describe('an address', () => {
  test.each([
    [
      'sftp://deploy@web.example.com:2222/C:/inetpub/wwwroot',
      'sftp',
      'web.example.com',
      2222,
      'deploy',
      '/C:/inetpub/wwwroot'
    ],
    ['sftp://web.example.com/C:\\inetpub\\wwwroot\\', 'sftp', 'web.example.com', 22, undefined, '/C:/inetpub/wwwroot'],
    ['sftp://web.example.com\\C:\\inetpub', 'sftp', 'web.example.com', 22, undefined, '/C:/inetpub'],
    ['ftps://web.example.com/site/wwwroot', 'ftps', 'web.example.com', 21, undefined, '/site/wwwroot'],
    ['ftps-implicit://web.example.com', 'ftps-implicit', 'web.example.com', 990, undefined, undefined],
    ['ftp://web.example.com/', 'ftp', 'web.example.com', 21, undefined, '/'],
    ['SFTP://Web.Example.com/www', 'sftp', 'Web.Example.com', 22, undefined, '/www'],
    ['sftp://DOMAIN%5Cdeploy@host/www', 'sftp', 'host', 22, 'DOMAIN\\deploy', '/www'],
    [
      'ftps://app%5C$app@waws.ftp.azurewebsites.windows.net/site',
      'ftps',
      'waws.ftp.azurewebsites.windows.net',
      21,
      'app\\$app',
      '/site'
    ],
    ['sftp://a%40b.example@host/www', 'sftp', 'host', 22, 'a@b.example', '/www'],
    ['sftp://@host/www', 'sftp', 'host', 22, undefined, '/www'],
    ['sftp://[2001:db8::7]:2222/www', 'sftp', '2001:db8::7', 2222, undefined, '/www'],
    ['sftp://me@[::1]', 'sftp', '::1', 22, 'me', undefined],
    ['sftp://203.0.113.7:022/www', 'sftp', '203.0.113.7', 22, undefined, '/www'],
    ['sftp://host/my%20site/gr%C3%B6%C3%9Fe', 'sftp', 'host', 22, undefined, '/my site/größe'],
    ['sftp://host/my site/größe', 'sftp', 'host', 22, undefined, '/my site/größe'],
    ['sftp://host/100%25', 'sftp', 'host', 22, undefined, '/100%'],
    ['sftp://host//srv/www/', 'sftp', 'host', 22, undefined, '/srv/www'],
    ['sftp://host/a@b:c', 'sftp', 'host', 22, undefined, '/a@b:c'],
    ['sftp://host:65535/', 'sftp', 'host', 65535, undefined, '/']
  ])('%s is read', (text, protocol, host, port, username, root) => {
    expect(address(text)).toMatchObject({ protocol, host, port, username, root })
  })

  test.each([
    ['sftp://deploy@web.example.com/www', 'sftp://web.example.com:22'],
    ['ftps-implicit://[::1]/www', 'ftps-implicit://[::1]:990']
  ])('%s is shown as %s', (text, label) => {
    expect(address(text).label).toBe(label)
  })
})

describe('what is no address', () => {
  test.each([
    ['', 'is not of the form'],
    ['web.example.com', 'is not of the form'],
    ['sftp:/web.example.com', 'is not of the form'],
    ['sftp://', 'is not of the form'],
    ['sftp:///www', 'is not of the form'],
    ['sftp://host:/www', 'is not of the form'],
    ['sftp://host:22x/www', 'is not of the form'],
    ['sftp://ho st/www', 'is not of the form'],
    ['sftp://[::1/www', 'is not of the form'],
    ['C:\\inetpub\\wwwroot', 'is not of the form'],
    ['https://host/www', 'has the protocol "https"'],
    ['scp://host/www', 'has the protocol "scp"'],
    ['constructor://host/www', 'has the protocol "constructor"'],
    ['sftp://host:0/www', 'has the port 0'],
    ['sftp://host:65536/www', 'has the port 65536'],
    ['sftp://host:99999999999999999999/www', 'has the port'],
    ['sftp://host/a/../b', 'has a path with ".."'],
    ['sftp://host/a/%2e%2e/b', 'has a path with ".."'],
    ['sftp://host/a%5C..%5Cb', 'has a path with ".."'],
    ['sftp://host/a%0D%0ADELE%20b', 'control characters'],
    ['sftp://host/100%', 'has a "%"'],
    ['sftp://100%@host/', 'has a "%"'],
    ['sftp://host/%FF', 'has a "%"']
  ])('%j is refused, with the reason', (text, reason) => {
    expect(parseSite(text)).toContain(reason)
  })

  test.each([
    ['a password', 'sftp://deploy:s3cr3t@host/www'],
    ['a password with a colon', 'sftp://deploy:s3cr3t:s3cr3t@host/www'],
    ['a password with an at sign', 'sftp://deploy:x@s3cr3t@host/www'],
    ['a password with a slash', 'sftp://deploy:s3cr3t/s3cr3t@host/www'],
    ['a password with a wrong escape', 'sftp://deploy:s3cr3t%@host/www']
  ])('%s is refused and not repeated', (_, text) => {
    const problem = parseSite(text)
    expect(typeof problem).toBe('string')
    expect(problem).not.toContain('s3cr3t')
  })
})
