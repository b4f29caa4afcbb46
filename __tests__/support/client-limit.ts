/** Counts the clients of a server, so that one too many can be turned away. */
export class ClientLimit<Client> {
  private readonly most: number
  private readonly clients = new Set<Client>()

  constructor(most = Infinity) {
    this.most = most
  }

  /** Is there room for this one? Then it counts until it leaves. */
  admits(client: Client): boolean {
    if (this.clients.has(client)) return true
    if (this.clients.size >= this.most) return false
    this.clients.add(client)
    return true
  }

  leave(client: Client): void {
    this.clients.delete(client)
  }
}
