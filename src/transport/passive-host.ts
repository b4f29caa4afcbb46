import type { Client } from 'basic-ftp'

/**
 * Makes a client look for data connections where the control connection goes, whatever host the server's answer to PASV
 * names: behind NAT that is often a private address or a wrong one, and a foreign one would be an attack. basic-ftp
 * follows only an answer that names the control host, so the answer is put right.
 */
export function stayAtControlHost(client: Client): void {
  const { ftp } = client
  const request = ftp.request.bind(ftp)
  ftp.request = async command => {
    const response = await request(command)
    if (command !== 'PASV') return response
    return { ...response, message: withHost(response.message, ftp.socket.remoteAddress ?? '') }
  }
}

/** The answer `227 Entering Passive Mode (h1,h2,h3,h4,p1,p2)` with another host; as it is where the host is not IPv4. */
export function withHost(answer: string, host: string): string {
  const address = host.replace(/^::ffff:/i, '')
  if (!/^\d+\.\d+\.\d+\.\d+$/.test(address)) return answer
  return answer.replace(/\d+,\d+,\d+,\d+(?=,\d+,\d+)/, address.replaceAll('.', ','))
}
