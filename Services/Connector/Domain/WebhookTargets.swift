import EventLoop
import HTTPClient
import Routing
import Runtime
import Transport

/// Decides to which servers webhooks go: to those of the public internet, by the address.
///
/// A name is resolved when the webhook is registered, which tells its owner early, and again for each delivery. The
/// delivery connects to the very address that was checked, so a name that changes its address meanwhile leads nowhere
/// else.
struct WebhookTargets: Sendable {
  private static let lookUps = OffloadQueue(
    name: "webhook-names", concurrency: 4, queueLimit: 64, waitLimitMilliseconds: 10_000)

  /// Hosts that an operator exempts from the rule about addresses, for a demo or a test: names or addresses in lower case.
  var exempt: Set<String> = []
  /// How long a registration waits for a name. A name without an answer is checked when a delivery is sent.
  var lookUpSeconds = 2.0

  /// The addresses to which a request for this URL may go; nil where all are admitted.
  func filter(for url: WebhookURL) -> AddressFilter? {
    if exempt.contains(url.host) { return nil }
    return { WebhookAddress($0)?.isPublic ?? false }
  }

  /// The URL of a new webhook; throws a 422 where no webhook may go there.
  func checked(_ text: String) async throws(Problem) -> WebhookURL {
    let url = try WebhookURL(text)
    guard let filter = filter(for: url) else { return url }
    guard await addresses(of: url).allSatisfy(filter) else {
      throw WebhookURL.refusal("leads to an address that is not of the public internet")
    }
    return url
  }

  private func addresses(of url: WebhookURL) async -> [String] {
    if url.isNumeric { return [url.host] }
    let name = SocketAddress(host: url.host, port: url.port)
    let found = await TimeLimit.value(seconds: lookUpSeconds) {
      try? await Self.lookUps.run { name.lookUp().map(\.host) }
    }
    return (found ?? nil) ?? []
  }
}

extension WebhookTargets {
  /// Reads `WEBHOOK_ALLOWED_HOSTS`: hosts that webhooks reach at any address, separated by commas.
  init(reading environment: inout EnvironmentReader) {
    let name = "WEBHOOK_ALLOWED_HOSTS"
    guard let text = environment.optionalText(name) else { return }
    for entry in text.split(separator: ",") {
      let host = entry.drop { $0 == " " }
      guard let url = try? WebhookURL("http://\(host)"), url.text.dropFirst(7) == host else {
        environment.report(name, "must have hosts separated by commas, an IPv6 address in brackets")
        return
      }
      exempt.insert(url.host)
    }
    environment.warn(
      name, "every user can have requests sent to these hosts, also inside this network: for a demo or a test"
    )
  }
}
