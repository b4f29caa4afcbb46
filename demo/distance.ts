import { connect, createServer } from 'node:net'
import { pipeline, Transform } from 'node:stream'
import { listenOnLoopback } from '../__tests__/support/loopback'
import type { TestServer } from '../__tests__/support/test-server'

/**
 * Puts a server as far away as servers are: what is sent arrives some time later, both ways. So clients come in between
 * any two commands of a release, which on one machine would follow each other too fast for anybody to see.
 */
export async function atDistance(server: TestServer, milliseconds: number): Promise<TestServer> {
  const line = await listenOnLoopback(
    createServer({ noDelay: true }, near => {
      const far = connect({ host: server.host, port: server.port, noDelay: true })
      // Whichever end hangs up, the other one learns of it; there is nothing more to do.
      pipeline(near, late(milliseconds), far, late(milliseconds), near, () => undefined)
    })
  )
  return {
    ...server,
    port: line.port,
    stop: async () => {
      await line.stop()
      await server.stop()
    }
  }
}

/** Hands on all that it gets in the same order, later. */
function late(milliseconds: number): Transform {
  return new Transform({
    transform(chunk, _encoding, done) {
      setTimeout(() => this.push(chunk), milliseconds)
      done()
    },
    flush(done) {
      setTimeout(done, milliseconds)
    }
  })
}
