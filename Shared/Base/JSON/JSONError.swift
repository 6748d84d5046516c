/// Why a text could not be decoded, or why a value could not be encoded.
package struct JSONError: Error, Sendable, Hashable {
  /// The category of the error, by what a client can do about it.
  package enum Kind: Sendable, Hashable {
    /// The text is not JSON (RFC 8259) or exceeds a limit. None of it is usable.
    case malformed
    /// A required field is missing.
    case missing
    /// A value is null or has the wrong type.
    case mistyped
    /// A value has the right type but is not allowed: a number out of range, a name outside the list.
    case invalid
    /// JSON cannot represent the value: an infinite number, or nesting beyond the limit.
    case unwritable
  }

  /// The category of the error.
  package let kind: Kind
  /// A sentence that does not repeat the offending value: safe to send to a client.
  package let reason: String
  /// The position in the text, in bytes from its beginning; nil when unknown.
  package let offset: Int?
  /// The field, for example `items[2].name`; empty for the whole document.
  package private(set) var path: String

  init(_ kind: Kind, _ reason: String, at offset: Int? = nil, path: String = "") {
    self.kind = kind
    self.reason = reason
    self.offset = offset
    self.path = path
  }

  /// The same error with the path extended by the object's member.
  func inside(key: String) -> JSONError {
    let rest = path.isEmpty || path.hasPrefix("[") ? path : ".\(path)"
    return JSONError(kind, reason, at: offset, path: key + rest)
  }

  /// The same error with the path extended by the array's element.
  func inside(index: Int) -> JSONError {
    inside(key: "[\(index)]")
  }
}

extension JSONError: CustomStringConvertible {
  /// Path, reason and position; safe to send to a client.
  package var description: String {
    let place = path.isEmpty ? "" : "\(path): "
    guard let offset else { return place + reason }
    return "\(place)\(reason) (at byte \(offset))"
  }
}

extension JSONError {
  /// The error for a type's `init(from:)` that rejects a value. The client receives the reason.
  package static func invalid(_ reason: String) -> JSONError {
    JSONError(.invalid, reason)
  }

  /// Converts an error from a type's `init(from:)`. It drops the standard library's descriptions, which name types and
  /// values.
  init(wrapping error: any Error) {
    switch error {
    case let error as JSONError: self = error
    case DecodingError.keyNotFound(let key, _):
      self.init(.missing, "The field is missing.", path: key.stringValue)
    case DecodingError.typeMismatch, DecodingError.valueNotFound:
      self.init(.mistyped, "The value has the wrong type.")
    default: self.init(.invalid, "The value is not allowed.")
    }
  }
}
