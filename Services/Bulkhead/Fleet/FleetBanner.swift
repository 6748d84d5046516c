/// What a person needs who has just started the fleet: where everything is, and three things to try.
struct FleetBanner: Sendable {
  let context: FleetContext
  let members: [FleetMember]

  func show() {
    let console = context.console
    console.say()
    console.say(console.out(.strong, "The fleet is ready") + " on \(engines).")
    console.say()
    for member in members { console.say("  \(line(member))") }
    console.say()
    let api = members[0].address
    console.say("Try it:")
    console.say("  curl -s \(api)/readyz")
    console.say(
      "  curl -s \(api)/v1/users -H 'Content-Type: application/json' -d '{\"email\":\"ada@example.org\",\"password\":\"correct horse\"}'"
    )
    console.say(
      "  curl -s \(api)/v1/sessions -H 'Content-Type: application/json' -d '{\"email\":\"ada@example.org\",\"password\":\"correct horse\"}'"
    )
    console.say()
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

extension String {
  func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(1, width - count))
  }
}
