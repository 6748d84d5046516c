/// The text that `up` prints once the fleet is ready: the addresses, the accounts and three commands to try.
struct FleetBanner: Sendable {
  let context: FleetContext
  let members: [FleetMember]

  func show() {
    let console = context.console
    console.print()
    console.print(console.out(.strong, "The fleet is ready") + " on \(engines).")
    console.print()
    for member in members { console.print("  \(line(member))") }
    console.print()
    let api = members[0].address
    console.print("Try it:")
    console.print("  curl -s \(api)/readyz")
    console.print(
      "  curl -s \(api)/v1/users -H 'Content-Type: application/json' -d '{\"email\":\"ada@example.org\",\"password\":\"correct horse\"}'"
    )
    console.print(
      "  curl -s \(api)/v1/sessions -H 'Content-Type: application/json' -d '{\"email\":\"ada@example.org\",\"password\":\"correct horse\"}'"
    )
    console.print()
  }

  private func line(_ member: FleetMember) -> String {
    let service = context.manifest.services.first { $0.name == member.name }
    let accounts = [service?.databaseAccount, service?.cacheAccount].compactMap { $0 }.joined(separator: ", ")
    return member.name.padded(to: 18) + member.address.padded(to: 24) + accounts
  }

  private var engines: String {
    "\(context.database.administration.engine.name) and the \(context.cache.engine.name) cache"
  }
}
