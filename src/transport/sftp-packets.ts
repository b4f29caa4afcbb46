import type { Duplex } from 'node:stream'
import type { Handle } from './sftp-login'

/** What ssh2 1.17 has and does not publish: where a session of SFTP sends its requests. */
interface Packets {
  channelData(channel: number, data: Buffer): void
  channelClose(channel: number): void
}

type Sending = Handle & { _protocol?: Packets; outgoing?: { readonly id: number; readonly packetSize: number } }

/**
 * What every implementation of SSH takes in one packet (RFC 4253 §6.1), less the head of CHANNEL_DATA. Servers may name
 * more, and it is not to be tried whether they mean it.
 */
const largestData = 32 * 1024 - 9

/** A request that fills so much of a packet goes without being copied. */
const largeShare = 0.5

/**
 * Sends requests that are made in one turn of the event loop together, in as few packets of SSH as hold them: ssh2 makes
 * one of each, and a cipher, padding and a MAC for thirty bytes take runner and server longer than the request itself.
 * SFTP is a stream, which packets may divide anywhere (draft-ietf-secsh-filexfer-02 §3). Does nothing where ssh2 is
 * another one than the one known here.
 */
export function gatherRequests(handle: Handle, socket: Duplex): void {
  const session: Sending = handle
  const { _protocol: protocol, outgoing } = session
  if (!protocol || !outgoing) return
  const { id } = outgoing
  const packetSize = Math.min(outgoing.packetSize, largestData)
  // Copied at once, as ssh2 does with what it is given, so that nothing of a request outlives the call.
  const waiting = Buffer.allocUnsafe(packetSize)
  let length = 0
  const send = (): void => {
    if (length === 0) return
    const bytes = waiting.subarray(0, length)
    length = 0
    protocol.channelData(id, bytes)
  }
  const sendAtEnd = (): void => {
    socket.cork()
    send()
    socket.uncork()
  }
  session._protocol = {
    channelData: (_channel, request) => {
      if (length + request.length > packetSize) send()
      if (request.length > packetSize * largeShare) {
        send()
        protocol.channelData(id, request)
        return
      }
      if (length === 0) setImmediate(sendAtEnd)
      waiting.set(request, length)
      length += request.length
    },
    channelClose: channel => {
      send()
      protocol.channelClose(channel)
    }
  }
}
