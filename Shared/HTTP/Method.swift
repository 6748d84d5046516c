/// A request method (RFC 9110, section 9).
///
/// Any token is a method, so this is an open set: the router answers 405 to those it does not know.
/// The raw value is case-sensitive, as the standard demands.
public struct Method: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
  public let rawValue: String

  public init(rawValue: String) {
    self.rawValue = rawValue
  }

  public static let get = Method(rawValue: "GET")
  public static let head = Method(rawValue: "HEAD")
  public static let post = Method(rawValue: "POST")
  public static let put = Method(rawValue: "PUT")
  public static let patch = Method(rawValue: "PATCH")
  public static let delete = Method(rawValue: "DELETE")
  public static let options = Method(rawValue: "OPTIONS")

  public var description: String { rawValue }

  /// Reads a method from the bytes of a token; the caller has checked that they are one.
  init(token: UnsafeBufferPointer<UInt8>) {
    self.init(rawValue: String(decoding: token, as: UTF8.self))
  }
}
