/// The code of a Swift file, with comments and strings replaced by spaces. Line numbers stay the same.
///
/// The lexer supports what counting braces needs: nested comments, raw and multi-line strings, interpolations (blanked
/// with their string), and identifiers in backticks, whose words are not keywords.
struct CodeText {
  private let source: [UInt8]
  private var position = 0
  private var code: [UInt8] = []
  private var interpolated: [UInt8] = []

  static func of(_ text: String) -> String { parts(of: text).code }

  /// The code, and what the interpolations of the strings have, which names declarations, too.
  static func parts(of text: String) -> (code: String, interpolations: String) {
    var lexer = CodeText(source: Array(text.utf8))
    lexer.run()
    return (
      String(decoding: lexer.code, as: UTF8.self), String(decoding: lexer.interpolated, as: UTF8.self)
    )
  }

  private init(source: [UInt8]) {
    self.source = source
    code.reserveCapacity(source.count)
  }

  /// The first characters of comments, strings and names in backticks.
  private static let openers = Array("/`#\"".utf8)

  private mutating func run() {
    while position < source.count {
      guard Self.openers.contains(source[position]) else {
        code.append(source[position])
        position += 1
        continue
      }
      if starts(with: "//") {
        blank { !$0.starts(with: "\n") }
      } else if starts(with: "/*") {
        blankComment()
      } else if starts(with: "`") {
        blankBackticks()
      } else if let hashes = openingQuote {
        blankString(hashes: hashes)
      } else {
        code.append(source[position])
        position += 1
      }
    }
  }

  private func starts(with text: String, at offset: Int = 0) -> Bool {
    source[min(position + offset, source.count)...].starts(with: text.utf8)
  }

  private mutating func blank(while goesOn: (CodeText) -> Bool) {
    while position < source.count, goesOn(self) { blank(1) }
  }

  /// Blanks characters, but keeps line breaks.
  private mutating func blank(_ count: Int) {
    for _ in 0..<count where position < source.count {
      code.append(source[position] == UInt8(ascii: "\n") ? UInt8(ascii: "\n") : UInt8(ascii: " "))
      position += 1
    }
  }

  private mutating func blankComment() {
    var depth = 0
    repeat {
      if starts(with: "/*") {
        depth += 1
        blank(2)
      } else if starts(with: "*/") {
        depth -= 1
        blank(2)
      } else {
        blank(1)
      }
    } while depth > 0 && position < source.count
  }

  /// Replaces an identifier in backticks by `_` and spaces.
  private mutating func blankBackticks() {
    code.append(UInt8(ascii: "_"))
    position += 1
    blank { !$0.starts(with: "`") && !$0.starts(with: "\n") }
    blank(1)
  }

  /// The number of `#` before a quote here; nil where no string begins.
  private var openingQuote: Int? {
    var hashes = 0
    while starts(with: "#", at: hashes) { hashes += 1 }
    return starts(with: "\"", at: hashes) ? hashes : nil
  }

  private mutating func blankString(hashes: Int) {
    let fence = String(repeating: "#", count: hashes)
    blank(hashes)
    let quote = starts(with: "\"\"\"") ? "\"\"\"" : "\""
    blank(quote.utf8.count)
    while position < source.count {
      if starts(with: quote + fence) {
        blank(quote.utf8.count + hashes)
        return
      }
      if starts(with: "\\" + fence + "(") {
        blank(2 + hashes)
        blankInterpolation()
      } else {
        blank(starts(with: "\\" + fence) ? 2 + hashes : 1)
      }
    }
  }

  private mutating func blankInterpolation() {
    let start = position
    defer { interpolated += source[start..<position] + [UInt8(ascii: "\n")] }
    var depth = 1
    while depth > 0 && position < source.count {
      if let hashes = openingQuote {
        blankString(hashes: hashes)
      } else {
        if starts(with: "(") { depth += 1 }
        if starts(with: ")") { depth -= 1 }
        blank(1)
      }
    }
  }
}
