import JSON
import Routing
import Schema
import Service

/// What the connector takes from clients. Sizes are in bytes of UTF-8.
enum ConnectorRules {
  static let maximumProviderBytes = 32
  static let maximumAccountBytes = 255
  static let maximumURLBytes = 2048
  static let maximumDocumentBytes = 16 * 1024
  static let maximumEventTypes = 50

  static func text(_ value: String, named name: String, maximumBytes: Int) throws(Problem) -> String {
    let isPrintable = value.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
    guard (1...maximumBytes).contains(value.utf8.count), isPrintable else {
      throw .unprocessable("\(name) has 1 to \(maximumBytes) bytes and no control characters")
    }
    return value
  }

  static func status(_ value: String) throws(Problem) -> String {
    guard Integration.statuses.contains(value) else {
      throw .unprocessable("status must be one of: \(Integration.statuses.joined(separator: ", "))")
    }
    return value
  }

  /// An address that events may be sent to later: http or https, with a host and without credentials in it.
  static func url(_ value: String) throws(Problem) -> String {
    let rest: Substring
    if value.hasPrefix("https://") {
      rest = value.dropFirst(8)
    } else if value.hasPrefix("http://") {
      rest = value.dropFirst(7)
    } else {
      throw .unprocessable("url must begin with https:// or http://")
    }
    let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    let isPlain = value.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    guard !authority.isEmpty, !authority.contains("@"), isPlain, value.utf8.count <= maximumURLBytes else {
      throw .unprocessable("url needs a host, bears no credentials, and has at most \(maximumURLBytes) bytes")
    }
    return value
  }

  static func eventTypes(_ values: [String]) throws -> JSONText {
    guard (1...maximumEventTypes).contains(values.count) else {
      throw Problem.unprocessable("event_types has 1 to \(maximumEventTypes) names")
    }
    for value in values { _ = try text(value, named: "an event type", maximumBytes: 64) }
    return try JSONText(.array(values.map(JSONValue.string)), limit: maximumDocumentBytes)
  }
}
