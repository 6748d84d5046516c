/// What is wrong with one field of a body, or one parameter.
package struct FieldError: Sendable, Hashable {
  /// The field, for example `items[2].name`, or the parameter's name. It may be a client's text.
  package let field: String
  /// The rule that it breaks. It does not repeat the value.
  package let detail: String

  /// The most characters of a name that the client has chosen.
  package static let maximumNameCharacters = 64
  /// The most characters of a field: names with their place.
  package static let maximumFieldCharacters = 128
  /// The most characters of a detail.
  package static let maximumDetailCharacters = 1_024

  /// Pairs a field with a rule. Both are cut to their limits, because a response must not grow with the request.
  package init(_ field: String, _ detail: String) {
    self.field = field.shown(atMost: Self.maximumFieldCharacters)
    self.detail = detail.cut(to: Self.maximumDetailCharacters)
  }
}

/// Collects what is wrong with a request, up to a limit. The checks end where it ``isFull``, so a request of many faults
/// costs no more than one of a few.
package struct FieldErrors: Sendable {
  /// The most errors of one response.
  package static let maximum = 32

  /// The errors in the order of their finding.
  package private(set) var list: [FieldError] = []
  /// Whether more is wrong than the list has. Nothing further is looked for.
  package private(set) var isFull = false

  /// Nothing is wrong yet.
  package init() {}

  /// Adds an error, or notes that there are more than the list may have.
  package mutating func add(_ field: String, _ detail: @autoclosure () -> String) {
    guard list.count < Self.maximum else {
      isFull = true
      return
    }
    list.append(FieldError(field, detail()))
  }
}

extension String {
  /// A client's text for a response: at most so many characters, and none that would act on a terminal or reorder a
  /// line.
  func shown(atMost limit: Int) -> String {
    let scalars = unicodeScalars.prefix(limit).filter { scalar in
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator: false
      case _: true
      }
    }
    return String(String.UnicodeScalarView(scalars))
  }

  /// The text, or its first characters.
  func cut(to limit: Int) -> String {
    // A text has at most as many characters as bytes, so most need no count.
    utf8.count <= limit ? self : String(String.UnicodeScalarView(unicodeScalars.prefix(limit)))
  }
}
