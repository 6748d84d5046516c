/// The text that `up` prints once the fleet is ready: the addresses, the accounts, what to try, and how to go on.
struct FleetBanner: Sendable {
  let context: FleetContext
  let members: [FleetMember]
  /// The link of the page; nil without one.
  let page: String?
  /// The file of the fleet's settings; nil where the fleet ends by itself.
  let settings: String?

  func show() {
    let console = context.console
    console.print()
    console.print(console.out(.strong, "The fleet is ready") + " on \(engines).")
    console.print()
    for member in members { console.print("  \(line(member))") }
    console.print()
    console.print("Try it:")
    for line in commands { console.print("  \(line)") }
    console.print()
    guard let settings else { return }
    if let page { console.print("See it:     \(page)") }
    console.print("Logs:       \(context.tool.folder("logs").relativePath)/NAME.log, one for each service")
    console.print(
      "Operate it: . \(settings)   in another terminal, then bulkhead promote, access, console ...")
    console.print("Stop it:    Ctrl-C")
    console.print()
  }

  /// Signs a user up and in, and uses the token at two services.
  private var commands: [String] {
    let json = "-H 'Content-Type: application/json'"
    let person = "-d '{\"email\":\"ada@example.org\",\"password\":\"correct horse\"}'"
    let token = "-H \"Authorization: Bearer $TOKEN\""
    let cut = "sed -E 's/.*\"token\":\"([^\"]+)\".*/\\1/'"
    var commands = [
      "curl -s \(members[0].address)/v1/users \(json) \(person)",
      "TOKEN=$(curl -s \(members[0].address)/v1/sessions \(json) \(person) | \(cut))",
      "curl -s \(members[0].address)/v1/whoami \(token)",
    ]
    if members.count > 1 { commands.append("curl -s \(members[1].address)/v1/integrations \(token)") }
    return commands
  }

  private func line(_ member: FleetMember) -> String {
    let accounts = member.accounts(in: context.manifest).joined(separator: ", ")
    return member.name.padded(to: 18) + member.address.padded(to: 24) + accounts
  }

  private var engines: String {
    "\(context.database.administration.engine.name) and the \(context.cache.engine.name) cache"
  }
}
