/// A request method (RFC 9110, section 9).
///
/// Any token is a method, so this is an open set: the router answers 405 to those it does not know.
/// The raw value is case-sensitive, as the standard demands.
public struct Method: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
  /// The name as it stands in the request line.
  public let rawValue: String

  /// Names a method; the text should be a token (RFC 9110, section 5.6.2).
  public init(rawValue: String) {
    self.rawValue = rawValue
  }

  /// Reads; changes nothing.
  public static let get = Method(rawValue: "GET")
  /// Reads the fields of what GET would answer.
  public static let head = Method(rawValue: "HEAD")
  /// Has the resource process the body; often makes a new resource.
  public static let post = Method(rawValue: "POST")
  /// Replaces the resource, or makes it.
  public static let put = Method(rawValue: "PUT")
  /// Changes a part of the resource (RFC 5789).
  public static let patch = Method(rawValue: "PATCH")
  /// Removes the resource.
  public static let delete = Method(rawValue: "DELETE")
  /// Asks what a resource can do.
  public static let options = Method(rawValue: "OPTIONS")

  /// The name.
  public var description: String { rawValue }

  /// Reads a method from the bytes of a token; the caller has checked that they are one.
  init(token: UnsafeBufferPointer<UInt8>) {
    self.init(rawValue: String(decoding: token, as: UTF8.self))
  }
}
