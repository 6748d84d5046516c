/// A request method (RFC 9110, section 9).
///
/// Any token is a method, so this is an open set. The router responds 405 to methods without a route.
/// The raw value is case-sensitive, as the standard requires.
package struct Method: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
  /// The common methods need no string, which saves an allocation for nearly every request.
  private enum Name: Sendable, Hashable {
    case get, head, post, put, patch, delete, options
    case other(String)
  }

  /// Compares known methods without their strings, as the comparison of raw values would not.
  package static func == (left: Method, right: Method) -> Bool { left.name == right.name }

  /// Hashes what `==` compares.
  package func hash(into hasher: inout Hasher) { hasher.combine(name) }

  private let name: Name

  private init(_ name: Name) {
    self.name = name
  }

  /// A method by its name, which should be a token (RFC 9110, section 5.6.2).
  package init(rawValue: String) {
    var text = rawValue
    self = text.withUTF8 { Method(token: $0) }
  }

  /// Reads the resource and changes nothing.
  package static var get: Method { Method(.get) }
  /// Reads the header fields of the response to GET.
  package static var head: Method { Method(.head) }
  /// Submits the body to the resource, often to create a new resource.
  package static var post: Method { Method(.post) }
  /// Replaces or creates the resource.
  package static var put: Method { Method(.put) }
  /// Changes a part of the resource (RFC 5789).
  package static var patch: Method { Method(.patch) }
  /// Removes the resource.
  package static var delete: Method { Method(.delete) }
  /// Requests the methods of a resource.
  package static var options: Method { Method(.options) }

  /// Whether requests with the method change nothing (RFC 9110, section 9.2.1).
  package var onlyReads: Bool {
    switch name {
    case .get, .head, .options: true
    case .post, .put, .patch, .delete, .other: false
    }
  }

  /// The name in the request line.
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

  /// Whether the method is one of the constants above.
  package var isKnown: Bool {
    switch name {
    case .get, .head, .post, .put, .patch, .delete, .options: true
    case .other: false
    }
  }

  /// The name.
  package var description: String { rawValue }

  /// Reads a method from bytes that the caller has validated as a token.
  init(token: UnsafeBufferPointer<UInt8>) {
    name = Self.known(token) ?? .other(String(decoding: token, as: UTF8.self))
  }

  /// The length leaves at most two candidates to compare.
  private static func known(_ token: UnsafeBufferPointer<UInt8>) -> Name? {
    switch token.count {
    case 3: token.begins(with: "GET") ? .get : token.begins(with: "PUT") ? .put : nil
    case 4: token.begins(with: "POST") ? .post : token.begins(with: "HEAD") ? .head : nil
    case 5: token.begins(with: "PATCH") ? .patch : nil
    case 6: token.begins(with: "DELETE") ? .delete : nil
    case 7: token.begins(with: "OPTIONS") ? .options : nil
    default: nil
    }
  }
}
