/// Keeps words out of every file that plain English does without: in code, comments, strings, documents and scripts.
///
/// Such a word hides the subject of its sentence, or is archaic. The words are assembled here, so that the rule does
/// not find itself.
struct LanguageRule {
  /// Uses of a banned word that have a reason.
  struct Exception {
    let word: String
    let path: String
    let count: Int
    let reason: String
  }

  /// One use of a banned word.
  struct Hit: Equatable {
    let word: String
    let line: Int
  }

  static let unixUser = "no" + "body"

  /// Words and phrases in lower case. The rule ignores case and finds whole words only.
  static let words = [
    "who" + "ever", "what" + "ever", unixUser, "some" + "body", "that is " + "none", "is " + "told",
    "be" + "ars",
    "mi" + "ghty", "the " + "world", "the " + "house", "be " + "it", "le" + "st",
  ]

  static let exceptions = [
    Exception(
      word: unixUser, path: "scripts/servers.sh", count: 5,
      reason: "the name of the unprivileged Unix user that runs the test servers"),
    Exception(
      word: unixUser, path: "deploy/standins/prometheus.Dockerfile", count: 1,
      reason: "the name of the Unix user that owns Prometheus' data in the official image"),
  ]

  var exceptions = Self.exceptions

  /// Uses beyond the exceptions, with their lines, and exceptions that allow more uses than there are.
  func violations(in files: [SourceFile]) -> [String] {
    let uses = files.flatMap { file in
      Dictionary(grouping: Self.hits(in: file.text), by: \.word).sorted { $0.key < $1.key }.flatMap {
        word, hits in
        hits.count == allowed(word, in: file.path)
          ? [] : hits.map { "\(file.path):\($0.line): \(word)" }
      }
    }
    let unused = exceptions.filter { exception in
      let file = files.first { $0.path == exception.path }
      let count = file.map { Self.hits(in: $0.text).count { $0.word == exception.word } } ?? 0
      return count < exception.count
    }
    return uses + unused.map { "\($0.path): the exception for \($0.word) allows more uses than there are" }
  }

  private func allowed(_ word: String, in path: String) -> Int {
    exceptions.first { $0.word == word && $0.path == path }?.count ?? 0
  }

  /// Every use of a banned word. The words of a phrase may be on two lines, also in a comment.
  static func hits(in text: String) -> [Hit] {
    let tokens = WordToken.all(in: text)
    return tokens.indices.flatMap { index in
      (phrases[tokens[index].text] ?? []).filter { begins($0, at: index, of: tokens) }.map {
        Hit(word: $0.joined(separator: " "), line: tokens[index].line)
      }
    }
  }

  /// The words of each phrase, by the first of them.
  private static let phrases = Dictionary(
    grouping: words.map { $0.split(separator: " ").map(String.init) }, by: { $0[0] })

  private static func begins(_ phrase: [String], at index: Int, of tokens: [WordToken]) -> Bool {
    guard index + phrase.count <= tokens.count else { return false }
    return phrase.indices.dropFirst().allSatisfy {
      tokens[index + $0].text == phrase[$0] && tokens[index + $0].continuesSentence
    }
  }
}

/// A word of a text in lower case, and its line.
struct WordToken {
  let text: String
  let line: Int
  /// Whether only spaces, line breaks and comment signs precede the word, back to the word before.
  let continuesSentence: Bool

  static func all(in text: String) -> [WordToken] {
    var tokens: [WordToken] = []
    var word: [UInt8] = []
    var line = 1
    var continues = true
    for byte in Array(text.lowercased().utf8) + [UInt8(ascii: " ")] {
      if isPartOfWord(byte) {
        word.append(byte)
        continue
      }
      if !word.isEmpty {
        let text = String(decoding: word, as: UTF8.self)
        tokens.append(WordToken(text: text, line: line, continuesSentence: continues))
        word.removeAll(keepingCapacity: true)
        continues = true
      }
      if byte == UInt8(ascii: "\n") { line += 1 }
      if !blanks.contains(byte) { continues = false }
    }
    return tokens
  }

  private static let blanks = Set(" \t\r\n/#*".utf8)

  private static func isPartOfWord(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"): true
    default: byte >= 0x80
    }
  }
}
