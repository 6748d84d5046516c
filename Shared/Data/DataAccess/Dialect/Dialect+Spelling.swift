import Encoding

extension Dialect {
  /// A name as an identifier, with any quotation mark in it doubled, on one line where the engine has a form for that.
  package func quoted(_ name: String) -> String {
    if let escaped = unicodeEscaped(name, in: "\"") { return escaped }
    var sql = ""
    append(identifier: name, to: &sql)
    return sql
  }

  /// A text as a literal, for DDL, which takes no placeholders; other statements bind their values.
  ///
  /// Backslashes stand for themselves, as in standard SQL (PostgreSQL: `standard_conforming_strings`, on since 9.1).
  package func literal(_ text: String) -> String {
    unicodeEscaped(text, in: "'") ?? Self.enclosed(text, in: "'")
  }

  /// The text with its unprintable characters by number, so that a statement which a person reads or pastes is one
  /// line; nil where there is nothing to escape, or no form for it.
  private func unicodeEscaped(_ text: String, in quote: Unicode.Scalar) -> String? {
    guard hasUnicodeEscapes, text.unicodeScalars.contains(where: \.isUnprintable)
    else { return nil }
    let escaped = text.unicodeScalars.reduce(into: "") { escaped, scalar in
      if scalar.isUnprintable {
        let digits = String(scalar.value, radix: 16, uppercase: true)
        escaped += "\\" + String(repeating: "0", count: 4 - digits.count) + digits
      } else {
        escaped += scalar == "\\" ? "\\\\" : String(scalar)
      }
    }
    return "U&" + Self.enclosed(escaped, in: quote)
  }

  /// The mark for the bound value at that position, counted from 1.
  package func placeholder(_ position: Int) -> String {
    var sql = ""
    append(placeholder: position, to: &sql)
    return sql
  }

  /// Appends ``quoted(_:)``.
  func append(identifier name: String, to sql: inout String) {
    let quote = identifierQuote
    if let byte = quote.asciiValue, !name.utf8.contains(byte) {
      sql.append(quote)
      sql += name
      sql.append(quote)
    } else {
      sql += Self.enclosed(name, in: quote.unicodeScalars.first ?? "\"")
    }
  }

  /// Appends ``placeholder(_:)``.
  func append(placeholder position: Int, to sql: inout String) {
    switch placeholders {
    case .numbered(let prefix):
      sql += prefix
      sql += String(position)
    case .positional(let mark): sql += mark
    }
  }

  /// It works on scalars: to Swift, a quotation mark before a combining accent is another character, and to an engine
  /// it is a quotation mark.
  private static func enclosed(_ text: String, in quote: Unicode.Scalar) -> String {
    var enclosed = String.UnicodeScalarView()
    enclosed.append(quote)
    for scalar in text.unicodeScalars {
      if scalar == quote { enclosed.append(quote) }
      enclosed.append(scalar)
    }
    enclosed.append(quote)
    return String(enclosed)
  }
}
