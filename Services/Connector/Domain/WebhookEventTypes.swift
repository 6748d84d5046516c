import JSON
import Routing
import Schema
import Service

/// The types of events that a webhook may get, and what a subscription means.
///
/// A webhook gets the events about its own owner. Only of the types listed here is the subject the user, and only when
/// the named service recorded them: a channel of a platform may have the number of a user.
enum WebhookEventTypes {
  /// What the route for a test records. No subscription names it: it goes to the one webhook in its payload.
  static let test = "webhook.test"
  /// What is recorded when the connector stops sending to a webhook.
  static let disabled = "webhook.disabled"

  /// Each type with the service that records it. The removal of a user is not among them: it removes the webhooks too.
  private static let sources: [String: String] = [
    "user.created": "backend-api", "user.updated": "backend-api",
    "session.created": "backend-api", "session.revoked": "backend-api",
    "setting.changed": "backend-api", "setting.removed": "backend-api",
    "integration.connected": "connector", "integration.updated": "connector",
    "integration.removed": "connector",
    "webhook.registered": "connector", "webhook.updated": "connector", "webhook.removed": "connector",
    "webhook.secret_rotated": "connector", disabled: "connector", test: "connector",
  ]

  /// Every type, in order.
  static let all = sources.keys.sorted()
  /// The services that record them.
  static let services = Set(sources.values).sorted()
  private static let subscribable = all.filter { $0 != test }

  /// The user whom the event concerns; nil where it concerns none.
  static func owner(of event: FeedEvent) -> Int64? {
    guard sources[event.type] == event.source, let id = Int64(event.subject), id > 0 else { return nil }
    return id
  }

  /// Whether a subscription covers a type: by its name, by a prefix (`integration.*`), or with `*`.
  static func covers(_ subscription: String, _ type: String) -> Bool {
    guard type != test else { return false }
    guard subscription.hasSuffix("*") else { return subscription == type }
    return type.hasPrefix(subscription.dropLast())
  }

  /// Throws a 422 for a subscription that covers nothing.
  static func check(_ subscription: String) throws(Problem) {
    let isPattern = subscription == "*" || subscription.hasSuffix(".*")
    let isPlain = !subscription.dropLast(isPattern ? 1 : 0).contains("*")
    guard isPlain, subscribable.contains(where: { covers(subscription, $0) }) else {
      throw .unprocessable(
        "event_types may have *, a prefix such as integration.*, and: \(subscribable.joined(separator: ", "))",
        field: "event_types")
    }
  }
}
