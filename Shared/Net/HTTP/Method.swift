/// A request method (RFC 9110, section 9).
///
/// Any token is a method, so this is an open set: the router answers 405 to those it does not know.
/// The raw value is case-sensitive, as the standard demands.
package struct Method: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
  /// The registered ones need no string: every request has a method, and nearly all of them one of these.
  private enum Name: Sendable, Hashable {
    case get, head, post, put, patch, delete, options
    case other(String)
  }

  private let name: Name

  private init(_ name: Name) {
    self.name = name
  }

  /// Names a method; the text should be a token (RFC 9110, section 5.6.2).
  package init(rawValue: String) {
    var text = rawValue
    self = text.withUTF8 { Method(token: $0) }
  }

  /// Reads; changes nothing.
  package static var get: Method { Method(.get) }
  /// Reads the fields of what GET would answer.
  package static var head: Method { Method(.head) }
  /// Has the resource process the body; often makes a new resource.
  package static var post: Method { Method(.post) }
  /// Replaces the resource, or makes it.
  package static var put: Method { Method(.put) }
  /// Changes a part of the resource (RFC 5789).
  package static var patch: Method { Method(.patch) }
  /// Removes the resource.
  package static var delete: Method { Method(.delete) }
  /// Asks what a resource can do.
  package static var options: Method { Method(.options) }

  /// The name as it stands in the request line.
  package var rawValue: String {
    switch name {
    case .get: "GET"
    case .head: "HEAD"
    case .post: "POST"
    case .put: "PUT"
    case .patch: "PATCH"
    case .delete: "DELETE"
    case .options: "OPTIONS"
    case .other(let text): text
    }
  }

  /// Whether it is one of those above. All others are made up by clients, as far as we are concerned.
  package var isKnown: Bool {
    switch name {
    case .get, .head, .post, .put, .patch, .delete, .options: true
    case .other: false
    }
  }

  /// The name.
  package var description: String { rawValue }

  /// Reads a method from the bytes of a token; the caller has checked that they are one.
  init(token: UnsafeBufferPointer<UInt8>) {
    name = Self.known(token) ?? .other(String(decoding: token, as: UTF8.self))
  }

  /// The length leaves at most two to compare with.
  private static func known(_ token: UnsafeBufferPointer<UInt8>) -> Name? {
    switch token.count {
    case 3: token.isEqual(to: "GET") ? .get : token.isEqual(to: "PUT") ? .put : nil
    case 4: token.isEqual(to: "POST") ? .post : token.isEqual(to: "HEAD") ? .head : nil
    case 5: token.isEqual(to: "PATCH") ? .patch : nil
    case 6: token.isEqual(to: "DELETE") ? .delete : nil
    case 7: token.isEqual(to: "OPTIONS") ? .options : nil
    default: nil
    }
  }
}

extension UnsafeBufferPointer<UInt8> {
  @inline(__always)
  fileprivate func isEqual(to text: StaticString) -> Bool {
    for index in 0..<count where self[index] != text.utf8Start[index] { return false }
    return true
  }
}
