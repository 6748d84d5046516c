import Foundation

/// The lines of one service in a manifest. They are read and not their meaning: a half-made checkout does not parse.
struct ManifestBlock {
  let service: String
  /// The line with the service's name, without the name, and those below it.
  private var entries: [ManifestEntryText]

  /// The blocks below `services:`, in the file's order.
  static func all(in text: String) -> [ManifestBlock] {
    var blocks: [ManifestBlock] = []
    var isInside = false
    for entry in ManifestEntryText.all(in: text) {
      if entry.indent == 0 { isInside = entry.text.hasPrefix("services:") }
      guard isInside else { continue }
      if entry.indent == 2 {
        let name = entry.text.prefix { $0 != ":" }.trimmingCharacters(in: CharacterSet(charactersIn: " \"'"))
        let rest = entry.text.drop { $0 != ":" }.dropFirst().trimmingCharacters(in: .whitespaces)
        blocks.append(
          ManifestBlock(
            service: name, entries: [ManifestEntryText(indent: 2, text: rest, isOneLine: entry.isOneLine)]))
      } else if entry.indent > 2, !blocks.isEmpty {
        blocks[blocks.count - 1].entries.append(entry)
      }
    }
    return blocks
  }

  /// What follows a key on the line that begins with it, without the line's comment; nothing where the value goes on in the
  /// next line, or where the line is within braces that an earlier line opens.
  func value(of key: String) -> String? {
    guard let index = index(of: key) else { return nil }
    let entry = entries[index]
    let goesOn = index + 1 < entries.count && entries[index + 1].indent > entry.indent
    let value = entry.text.dropFirst(key.count + 1).trimmingCharacters(in: .whitespaces)
    // A second anchor of the same name would change what follows it, and a tag hides where the value begins.
    guard entry.isOneLine, !goesOn, let first = value.first, !"&!|>".contains(first) else { return nil }
    return value
  }

  /// Every value of a key, also within braces, as where the whole service is on one line.
  func values(of key: String) -> [String] {
    entries.flatMap(\.pieces).compactMap { $0.key == key ? $0.value : nil }
  }

  /// Whether a key has another one directly below it, on its line or in its own lines.
  func has(_ key: String, below parent: String) -> Bool {
    guard let index = index(of: parent) else { return false }
    let below = entries[(index + 1)...].prefix { $0.indent > entries[index].indent }
    let children = below.filter { $0.indent == below.first?.indent }
    return ([entries[index]] + children).flatMap(\.pieces).contains { $0.key == key }
  }

  private func index(of key: String) -> Int? {
    entries.firstIndex { $0.text == "\(key):" || $0.text.hasPrefix("\(key): ") }
  }
}

/// One entry of a manifest's text without its comment: a line, or the lines that its open braces or quotes make one.
struct ManifestEntryText {
  let indent: Int
  var text: String
  var isOneLine = true

  static func all(in text: String) -> [ManifestEntryText] {
    var entries: [ManifestEntryText] = []
    var scanner = FlowScanner()
    for line in text.split(separator: "\n") {
      let isContinued = scanner.isOpen
      let content = scanner.content(of: line)
      let words = content.trimmingCharacters(in: .whitespaces)
      if isContinued {
        entries[entries.count - 1].text += " \(words)"
        entries[entries.count - 1].isOneLine = false
      } else if !words.isEmpty {
        entries.append(ManifestEntryText(indent: content.prefix { $0 == " " }.count, text: words))
      }
    }
    return entries
  }

  /// Its keys with what follows each. A text in quotes is a value and has no keys.
  var pieces: [(key: String, value: String)] {
    var scanner = FlowScanner()
    var parts = [""]
    for character in scanner.withoutIndicatorsInQuotes(text) {
      if "{},".contains(character) { parts.append("") } else { parts[parts.count - 1].append(character) }
    }
    let edges = CharacterSet(charactersIn: " \"'")
    // A key's own value begins with a brace: `network: { edge: ... }` has two keys.
    return parts.compactMap { part in
      guard let colon = part.firstIndex(of: ":") else { return nil }
      let value = part[part.index(after: colon)...].trimmingCharacters(in: edges)
      return (part[..<colon].trimmingCharacters(in: edges), value)
    }
  }
}

/// Follows braces, brackets and quotes of YAML over lines.
struct FlowScanner {
  private var depth = 0
  private var quote: Character?
  private var isEscaped = false
  /// The quote that the last character ended: a second one is a quote within the text.
  private var ended: Character?
  /// The last character that is no space; nothing at the beginning of a line's words.
  private var last: Character?

  /// Whether the next line belongs to the present one.
  var isOpen: Bool { depth > 0 || quote != nil }

  /// The line without its comment.
  mutating func content(of line: Substring) -> String {
    if !isOpen { last = nil }
    var before: Character = " "
    var content = ""
    for character in line {
      if quote == nil, character == "#", before == " " { break }
      step(character)
      content.append(character)
      before = character
    }
    return content
  }

  /// The text, with a space in place of each character in quotes that would otherwise end or begin a part.
  mutating func withoutIndicatorsInQuotes(_ text: String) -> String {
    String(
      text.map { character in
        let isQuoted = quote != nil
        step(character)
        return isQuoted && ":{},".contains(character) ? " " : character
      })
  }

  private mutating func step(_ character: Character) {
    let before = ended
    ended = nil
    if let open = quote {
      if isEscaped {
        isEscaped = false
      } else if character == "\\", open == "\"" {
        isEscaped = true
      } else if character == open {
        (quote, ended) = (nil, open)
      }
    } else if character == "\"" || character == "'" {
      // Elsewhere it is part of a word, as in: what people's programs do.
      if beginsValue || before == character { quote = character }
    } else if character == "{" || character == "[" {
      if depth > 0 || beginsValue { depth += 1 }
    } else if character == "}" || character == "]" {
      depth = max(0, depth - 1)
    }
    // What follows the dash of a list's item begins like a line.
    if character != " ", !(character == "-" && last == nil) { last = character }
  }

  private var beginsValue: Bool { last.map { ":{[,".contains($0) } ?? true }
}
