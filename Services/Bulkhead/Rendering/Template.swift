/// A text with tags, after Mustache: `{{name}}` is a value, `{{#name}} ... {{/name}}` repeats for each entry of a list,
/// `{{^name}} ... {{/name}}` appears where the list is empty, and `{{! ... }}` is a comment of the template.
///
/// Two differences: values are never escaped, and an unknown name is an error. A line with nothing but such a section tag
/// or comment leaves no line in the text.
struct Template: Sendable {
  /// The names that a section sees: its own entry's, then those around it.
  typealias Context = [String: TemplateValue]

  private indirect enum Part {
    case text(String)
    case value(String, line: Int)
    case section(String, line: Int, isInverted: Bool, parts: [Part])
  }

  private let file: String
  private let parts: [Part]

  /// Parses a template. `file` is for messages.
  init(_ text: String, file: String) throws(TemplateError) {
    var scanner = TemplateScanner(text, file: file)
    self.file = file
    parts = try Self.parts(&scanner, until: nil)
  }

  /// The text with this context's values.
  func text(_ context: Context) throws(TemplateError) -> String {
    var text = ""
    try write(parts, [context], to: &text)
    return text
  }

  private static func parts(
    _ scanner: inout TemplateScanner, until end: (name: String, line: Int)?
  ) throws(TemplateError) -> [Part] {
    var parts: [Part] = []
    while let token = try scanner.next() {
      switch token {
      case .text(let text): parts.append(.text(text))
      case .tag("!", _, _): break
      case .tag("/", let name, let line):
        guard name == end?.name else {
          throw TemplateError(scanner.file, line, "{{/\(name)}} closes no section that is open here")
        }
        return parts
      case .tag(let sign, let name, let line) where sign == "#" || sign == "^":
        let inner = try Self.parts(&scanner, until: (name, line))
        parts.append(.section(name, line: line, isInverted: sign == "^", parts: inner))
      case .tag(_, let name, let line): parts.append(.value(name, line: line))
      }
    }
    if let end { throw TemplateError(scanner.file, end.line, "{{#\(end.name)}} is never closed") }
    return parts
  }

  private func write(
    _ parts: [Part], _ contexts: [Context], to text: inout String
  ) throws(TemplateError) {
    for part in parts {
      switch part {
      case .text(let plain): text += plain
      case .value(let name, let line):
        guard case .text(let value) = try lookUp(name, in: contexts, line: line) else {
          throw TemplateError(file, line, "'\(name)' is a list: write {{#\(name)}}")
        }
        text += value
      case .section(let name, let line, let isInverted, let inner):
        guard case .list(let entries) = try lookUp(name, in: contexts, line: line) else {
          throw TemplateError(file, line, "'\(name)' is one value: write {{\(name)}}")
        }
        if isInverted {
          if entries.isEmpty { try write(inner, contexts, to: &text) }
        } else {
          for entry in entries { try write(inner, contexts + [entry], to: &text) }
        }
      }
    }
  }

  private func lookUp(
    _ name: String, in contexts: [Context], line: Int
  ) throws(TemplateError) -> TemplateValue {
    for context in contexts.reversed() {
      if let value = context[name] { return value }
    }
    let known = Set(contexts.flatMap(\.keys)).sorted().joined(separator: ", ")
    throw TemplateError(file, line, "no value is named '\(name)'; here are \(known)")
  }
}

/// What a name stands for in a template.
enum TemplateValue: Sendable {
  case text(String)
  case list([Template.Context])

  /// A section that appears or does not.
  static func flag(_ holds: Bool) -> TemplateValue { .list(holds ? [[:]] : []) }

  static func number(_ number: Int) -> TemplateValue { .text(String(number)) }
}

/// An error in a template, with its place.
struct TemplateError: Error, CustomStringConvertible {
  let description: String

  init(_ file: String, _ line: Int, _ message: String) {
    description = "\(file):\(line): \(message)"
  }
}
