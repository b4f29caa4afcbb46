/*
 * Jest runs tests in a realm of their own, in which an ECONNRESET of node:net is no `instanceof Error`. basic-ftp asks
 * exactly that, and a transfer whose data connection breaks would never end. Import this before such a test.
 */
const ordinary = Function.prototype[Symbol.hasInstance] as (this: unknown, value: unknown) => boolean

Object.defineProperty(Error, Symbol.hasInstance, {
  configurable: true,
  value(this: unknown, value: unknown): boolean {
    return ordinary.call(this, value) || (this === Error && Object.prototype.toString.call(value) === '[object Error]')
  }
})
