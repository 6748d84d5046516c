/// Why a text could not be read as the value that was asked for, or a value not be written.
package struct JSONError: Error, Sendable, Hashable {
  /// What went wrong, by what a client can do about it.
  package enum Kind: Sendable, Hashable {
    /// The text is not JSON (RFC 8259), or is beyond a limit of ours: nothing of it can be used.
    case malformed
    /// A field that must be there is not.
    case missing
    /// A value is of another type than the one asked for, or is null.
    case mistyped
    /// A value is of the right type and not allowed: a number out of range, a name that is not in the list.
    case invalid
    /// A value has no form in JSON: an infinite number, or nesting beyond the limit.
    case unwritable
  }

  /// What went wrong.
  package let kind: Kind
  /// A sentence about it, without the offending value: safe to send to a client.
  package let reason: String
  /// Where in the text, in bytes from its beginning; nil when the place is not known.
  package let offset: Int?
  /// Which field, as `items[2].name`; empty for the whole document.
  package private(set) var path: String

  init(_ kind: Kind, _ reason: String, at offset: Int? = nil, path: String = "") {
    self.kind = kind
    self.reason = reason
    self.offset = offset
    self.path = path
  }

  /// The same error, seen from the object that holds the field.
  func inside(key: String) -> JSONError {
    let rest = path.isEmpty || path.hasPrefix("[") ? path : ".\(path)"
    return JSONError(kind, reason, at: offset, path: key + rest)
  }

  /// The same error, seen from the array that holds the element.
  func inside(index: Int) -> JSONError {
    inside(key: "[\(index)]")
  }
}

extension JSONError: CustomStringConvertible {
  /// Path, reason and place; safe to send to a client.
  package var description: String {
    let place = path.isEmpty ? "" : "\(path): "
    guard let offset else { return place + reason }
    return "\(place)\(reason) (at byte \(offset))"
  }
}
