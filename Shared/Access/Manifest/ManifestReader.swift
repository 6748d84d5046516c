import Yams

/// Reads values from the YAML tree and collects their errors, so that one run reports all of them.
///
/// The words for an error are made where there is one: a manifest can have a hundred thousand values.
struct ManifestReader {
  let file: String
  private(set) var problems: [ManifestProblem] = []

  init(file: String) {
    self.file = file
  }

  /// Records an error at the first line of `node`.
  mutating func report(_ node: Node, _ message: String) {
    report(TextPlace(node), message)
  }

  /// Records an error at a line.
  mutating func report(_ place: TextPlace, _ message: String) {
    problems.append(ManifestProblem(file: file, line: place.line, message: message))
  }

  /// The entries of a mapping. Reports a node of another kind, and returns no entries for it. Reports a name whose second
  /// key differs in its tag alone: to YAML these are two keys.
  mutating func entries(_ node: Node, of what: @autoclosure () -> String) -> [ManifestEntry] {
    guard case .mapping(let mapping) = node else {
      report(node, "\(what()) must be a mapping (name: value)")
      return []
    }
    var names: Set<String> = []
    return mapping.compactMap { key, value in
      guard let name = text(key, of: "a key of \(what())") else { return nil }
      guard names.insert(name).inserted else {
        report(key, "'\(name)' occurs twice in the same mapping")
        return nil
      }
      return ManifestEntry(name: name, key: TextPlace(key), value: value)
    }
  }

  /// The entries of a mapping with fixed keys, by key. Reports unknown and missing keys.
  mutating func fields(
    _ node: Node, of what: String, required: [String], optional: [String] = []
  ) -> [String: ManifestEntry] {
    let known = required + optional
    var found: [String: ManifestEntry] = [:]
    var meant: Set<String> = []
    for entry in entries(node, of: what) {
      if known.contains(entry.name) {
        found[entry.name] = entry
      } else {
        let hint = Spelling.hint(for: entry.name, among: known)
        report(entry.key, "\(what) has no key '\(entry.name)'\(hint)")
        if let name = Spelling.nearest(to: entry.name, among: known) { meant.insert(name) }
      }
    }
    guard case .mapping = node else { return found }
    // A misspelled key is one error, and not a missing one as well.
    for name in required where found[name] == nil && !meant.contains(name) {
      report(node, "\(what) lacks '\(name)'")
    }
    return found
  }

  /// The items of a list of words, each with its place. Reports an empty list and a repeated word.
  mutating func words(_ node: Node, of what: @autoclosure () -> String) -> [ManifestWord] {
    guard case .sequence(let sequence) = node else {
      report(node, "\(what()) must be a list [a, b]")
      return []
    }
    if sequence.isEmpty { report(node, "\(what()) is empty: remove it") }
    var seen: Set<String> = []
    return sequence.compactMap { item in
      guard let word = text(item, of: "an item of \(what())") else { return nil }
      guard seen.insert(word).inserted else {
        report(item, "\(what()) names '\(word)' twice")
        return nil
      }
      return ManifestWord(text: word, place: TextPlace(item))
    }
  }

  /// A scalar, as text. Reports a node of another kind and an empty one.
  mutating func text(_ node: Node, of what: @autoclosure () -> String) -> String? {
    guard case .scalar(let scalar) = node, !scalar.string.isEmpty else {
      report(node, "\(what()) must be a non-empty text")
      return nil
    }
    return scalar.string
  }

  /// A whole number. Reports one outside of `bounds`.
  mutating func integer(_ entry: ManifestEntry, within bounds: ClosedRange<Int>) -> Int? {
    guard let word = text(entry.value, of: "'\(entry.name)'") else { return nil }
    guard let number = Int(word), bounds.contains(number) else {
      report(
        entry.value,
        "'\(entry.name)' must be a whole number from \(bounds.lowerBound) to \(bounds.upperBound), not '\(word)'"
      )
      return nil
    }
    return number
  }

  /// `true` or `false`. Reports any other word.
  mutating func boolean(_ entry: ManifestEntry) -> Bool? {
    guard let word = text(entry.value, of: "'\(entry.name)'") else { return nil }
    guard let value = Bool(word) else {
      report(entry.value, "'\(entry.name)' must be true or false, not '\(word)'")
      return nil
    }
    return value
  }
}

/// A place in the file. A copy of a node counts five references, and a manifest has a hundred thousand words.
struct TextPlace {
  let line: Int?

  /// The first line of a node.
  init(_ node: Node) {
    line = node.mark?.line
  }
}

/// A key and its value, both with their places in the file.
struct ManifestEntry {
  let name: String
  let key: TextPlace
  let value: Node
  /// The pattern that stands for it. Without the catalog, only one without exceptions.
  var pattern: String?
}

/// A word and its place in the file.
struct ManifestWord {
  let text: String
  let place: TextPlace
}

extension ManifestEntry {
  var isPattern: Bool { name.hasByte(of: "*") }
}

extension ManifestWord {
  var isPattern: Bool { text.hasByte(of: "*") }
}

extension String {
  /// Whether the character is in the text. Foundation's search for a text in another one, which a literal would select where
  /// the YAML library brings Foundation along, takes a hundred times as long.
  func hasByte(of character: Unicode.Scalar) -> Bool { utf8.contains(UInt8(ascii: character)) }
}
