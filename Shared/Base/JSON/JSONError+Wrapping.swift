extension JSONError {
  /// For a type's own `init(from:)` that finds a value not allowed; the reason goes to the client.
  package static func invalid(_ reason: String) -> JSONError {
    JSONError(.invalid, reason)
  }

  /// Makes one of ours of whatever a type's `init(from:)` threw. The standard library's descriptions name
  /// types and values, and stay here.
  init(wrapping error: any Error) {
    switch error {
    case let error as JSONError: self = error
    case DecodingError.keyNotFound(let key, _):
      self.init(.missing, "The field is missing.", path: key.stringValue)
    case DecodingError.typeMismatch, DecodingError.valueNotFound:
      self.init(.mistyped, "The value is of another type.")
    default: self.init(.invalid, "The value is not allowed.")
    }
  }
}
