/// Finds files and members that nothing uses. What a program has needs a user in a program: a test alone keeps nothing alive.
enum DeadFiles {
  /// A declaration that no program uses, and why it stays.
  struct Exception {
    let name: String
    let reason: String
  }

  static let exceptions = [
    Exception(
      name: "DispatchPoller",
      reason: "a second poller that passes the tests of the first shows that no test rests on epoll's habits"),
    Exception(name: "Bulkhead", reason: "the runtime starts it"),
    Exception(name: "minimum", reason: "the cheapest hash, for tests, which hash often and protect nothing"),
    Exception(name: "callAsFunction", reason: "the language calls it"),
    Exception(name: "registrationCount", reason: "what a loop has left over shows in nothing else"),
    Exception(name: "entryCount", reason: "the bound of cancelled timers shows in nothing else"),
    Exception(name: "userCount", reason: "the bound of remembered users shows in nothing else"),
  ]

  private static let types: Set = ["struct", "class", "enum", "protocol", "actor", "typealias"]
  private static let values: Set = ["func", "var", "let"]
  private static let declarations = types.union(values).union(["case", "extension"])
  /// The attributes of declarations that a runner calls.
  private static let entrances = ["@main", "@Test", "@Suite"]

  /// Swift files whose declared names do not occur in another file; of a shipped one, in another shipped file.
  static func find(in files: [SourceFile], except exceptions: [Exception] = exceptions) -> [String] {
    let kept = Set(exceptions.map(\.name))
    let read = files.map { file in (file: file, words: words(of: file)) }
    let all = users(of: read.map(\.words))
    let shipped = users(of: read.filter(\.file.isShipped).map(\.words))
    return read.compactMap { file, words in
      let users = file.isShipped ? shipped : all
      let names = declaredNames(in: words, by: declarations)
      let isAlive =
        names.contains { users[$0, default: 0] > 1 || kept.contains($0) }
        || entrances.contains { file.text.contains($0) }
      return isAlive
        ? nil : "\(file.path): nothing else names \(names.sorted().prefix(3).joined(separator: ", "))"
    }
  }

  /// Shipped declarations whose name occurs once in all of the shipped files, and exceptions that none is. A name that is
  /// declared several times is left out: one of them may be a requirement that a library calls.
  static func members(in files: [SourceFile], except exceptions: [Exception] = exceptions) -> [String] {
    let read = files.filter(\.isShipped).map { file in (file: file, words: words(of: file)) }
    var occurrences: [String: Int] = [:]
    for word in read.flatMap(\.words) { occurrences[word, default: 0] += 1 }
    let unused = read.flatMap { file, words in
      declaredNames(in: words, by: types.union(values)).filter { occurrences[$0] == 1 }.sorted()
        .map { (path: file.path, name: $0) }
    }
    let kept = Set(exceptions.map(\.name))
    return unused.filter { !kept.contains($0.name) }.map { "\($0.path): nothing names \($0.name)" }
      + kept.subtracting(unused.map(\.name)).sorted().map { "\($0): has an exception, and does not need it" }
  }

  private static func users(of files: [[String]]) -> [String: Int] {
    var users: [String: Int] = [:]
    for words in files { for word in Set(words) { users[word, default: 0] += 1 } }
    return users
  }

  private static func words(of file: SourceFile) -> [String] {
    (CodeToken.all(in: file.code) + CodeToken.all(in: file.interpolations)).map(\.text)
      .filter { $0.first?.isLetter == true }
  }

  private static func declaredNames(in words: [String], by keywords: Set<String>) -> Set<String> {
    Set(zip(words, words.dropFirst()).filter { keywords.contains($0.0) }.map(\.1))
  }
}
