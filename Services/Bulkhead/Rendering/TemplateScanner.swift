/// Cuts a template into its texts and tags.
struct TemplateScanner {
  /// A tag's sign is empty for a value.
  enum Token {
    case text(String)
    case tag(String, name: String, line: Int)
  }

  let file: String
  private var rest: Substring
  private var line = 1
  private var isAtLineStart = true

  init(_ text: String, file: String) {
    self.file = file
    rest = text[...]
  }

  mutating func next() throws(TemplateError) -> Token? {
    guard !rest.isEmpty else { return nil }
    guard rest.hasPrefix("{{") else { return .text(take(plainLength())) }
    let (startsLine, began) = (isAtLineStart, line)
    guard let close = rest.firstRange(of: "}}") else {
      throw TemplateError(file, line, "{{ is never closed")
    }
    let body = rest[rest.index(rest.startIndex, offsetBy: 2)..<close.lowerBound]
    _ = take(rest[..<close.upperBound])
    let sign = body.first.map(String.init).flatMap { "#^/!".contains($0) ? $0 : nil } ?? ""
    let name = String(body.dropFirst(sign.count)).trimmingSpaces
    // A section tag or a comment alone on its line takes the line with it.
    if !sign.isEmpty, startsLine, rest.first == "\n" { _ = take(rest.prefix(1)) }
    return .tag(sign, name: name, line: began)
  }

  private func plainLength() -> Substring {
    rest.firstRange(of: "{{").map { rest[..<$0.lowerBound] } ?? rest
  }

  private mutating func take(_ part: Substring) -> String {
    line += part.count { $0 == "\n" }
    if let last = part.last { isAtLineStart = last == "\n" }
    rest = rest[part.endIndex...]
    return String(part)
  }
}

extension String {
  /// The text without spaces at its ends.
  fileprivate var trimmingSpaces: String {
    var text = self[...]
    while text.first == " " { text.removeFirst() }
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}
