import type { SFTPWrapper } from 'ssh2'

/** The parts of ssh2's SFTP channel that send its packets. */
interface Channel {
  readonly _protocol: { channelData(channel: number, packet: Buffer): void }
  readonly outgoing: { readonly id: number; window: number }
}

const VERSION = 2

/**
 * Adds extensions to the VERSION packet of a channel. ssh2 answers INIT with a constant packet that has none, so the
 * packet is exchanged on its way to the client.
 */
export function advertise(sftp: SFTPWrapper, extensions: Readonly<Record<string, string>>): void {
  const { _protocol: protocol, outgoing } = sftp as unknown as Channel
  const channelData = protocol.channelData.bind(protocol)
  protocol.channelData = (channel, packet) => {
    const isVersion = channel === outgoing.id && packet[4] === VERSION
    const sent = isVersion ? withExtensions(packet, extensions) : packet
    if (isVersion) {
      protocol.channelData = channelData
      outgoing.window -= sent.length - packet.length
    }
    channelData(channel, sent)
  }
}

function withExtensions(packet: Buffer, extensions: Readonly<Record<string, string>>): Buffer {
  const strings = Object.entries(extensions)
    .flat()
    .flatMap(text => [uint32(Buffer.byteLength(text)), Buffer.from(text)])
  const body = Buffer.concat([packet.subarray(4), ...strings])
  return Buffer.concat([uint32(body.length), body])
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
