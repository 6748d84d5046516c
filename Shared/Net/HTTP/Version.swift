/// The HTTP version of a message. A higher minor version of a client is read as 1.1 (RFC 9110, section 2.5).
package enum Version: Sendable, Hashable {
  case http10
  case http11

  /// Whether a connection stays open when neither side says anything (RFC 9112, section 9.3).
  package var keepsAliveByDefault: Bool { self == .http11 }
}
