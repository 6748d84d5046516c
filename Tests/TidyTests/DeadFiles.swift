/// Finds files whose declarations no other file uses.
enum DeadFiles {
  private static let declarations: Set = [
    "struct", "class", "enum", "protocol", "actor", "typealias", "func", "var", "let", "case", "extension",
  ]
  /// The attributes of declarations that a runner calls.
  private static let entrances = ["@main", "@Test", "@Suite"]

  /// Swift files whose declared names do not occur in another file.
  static func find(in files: [SourceFile]) -> [String] {
    let read = files.map { file in (file: file, words: words(of: file)) }
    var users: [String: Int] = [:]
    for file in read { for word in Set(file.words) { users[word, default: 0] += 1 } }
    return read.compactMap { file, words in
      let names = declaredNames(in: words)
      let isAlive =
        names.contains { users[$0, default: 0] > 1 } || entrances.contains { file.text.contains($0) }
      return isAlive
        ? nil : "\(file.path): nothing else names \(names.sorted().prefix(3).joined(separator: ", "))"
    }
  }

  private static func words(of file: SourceFile) -> [String] {
    CodeToken.all(in: file.code).map(\.text).filter { $0.first?.isLetter == true }
  }

  private static func declaredNames(in words: [String]) -> Set<String> {
    Set(zip(words, words.dropFirst()).filter { declarations.contains($0.0) }.map(\.1))
  }
}
