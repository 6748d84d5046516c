import Encoding
import JSON
import Routing
import Schema
import Service

/// The rules for clients' input. Sizes are in bytes of UTF-8.
enum ConnectorRules {
  static let maximumProviderBytes = 32
  static let maximumAccountBytes = 255
  static let maximumDocumentBytes = 16 * 1024
  static let maximumEventTypes = 50
  /// The most integrations of one user.
  static let maximumIntegrations = 1000
  /// The most webhooks of one user: each event makes a delivery to every one of them.
  static let maximumWebhooks = 100

  static func text(_ value: String, named name: String, maximumBytes: Int) throws(Problem) -> String {
    let isPrintable = value.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
    guard (1...maximumBytes).contains(value.utf8.count), isPrintable else {
      throw .unprocessable(
        "\(name) must have 1 to \(maximumBytes) bytes and no control characters", field: name)
    }
    return value
  }

  static func status(_ value: String) throws(Problem) -> String {
    guard Integration.statuses.has(value) else {
      throw .unprocessable(
        "status must be one of: \(Integration.statuses.joined(separator: ", "))", field: "status")
    }
    return value
  }

  /// The stored document.
  static func eventTypes(_ values: [String]) throws -> JSONText {
    guard (1...maximumEventTypes).contains(values.count) else {
      throw Problem.unprocessable(
        "event_types must have 1 to \(maximumEventTypes) names", field: "event_types")
    }
    for value in values { try WebhookEventTypes.check(value) }
    return try JSONText(
      .array(values.map(JSONValue.string)), limit: maximumDocumentBytes, field: "event_types")
  }

  /// The refusal of one item above the limit.
  static func full(_ things: String, limit: Int) -> Problem {
    .unprocessable("a user may have at most \(limit) \(things)", code: .limitReached)
  }
}
