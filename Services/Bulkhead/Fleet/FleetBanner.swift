/// What a person needs who has just started the fleet: where everything is, and three things to try.
struct FleetBanner: Sendable {
  let workbench: Workbench
  let members: [FleetMember]

  func show() {
    let console = workbench.console
    console.say()
    console.say(console.out.bold("The fleet is ready") + " on \(engines).")
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
    let service = workbench.manifest.services.first { $0.name == member.name }
    let accounts = [service?.databaseAccount, service?.cacheAccount].compactMap { $0 }.joined(separator: ", ")
    return member.name.padded(to: 18) + member.address.padded(to: 24) + accounts
  }

  private var engines: String {
    "\(workbench.environment.database.engine.rawValue) and the \(workbench.environment.cache.kind.rawValue) cache"
  }
}

extension String {
  func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(1, width - count))
  }
}
