/// Words that are banned from the code, and their exceptions.
enum WordRules {
  /// A word, the folders where it is banned, and the exceptions with their counts.
  struct Ban {
    let word: String
    let folders: [String]
    var exceptions: [Exception] = []
  }

  struct Exception {
    let path: String
    let count: Int
    let reason: String
  }

  /// Uses beyond the exceptions, and exceptions without a use.
  static func violations(of ban: Ban, in files: [SourceFile]) -> [String] {
    let concerned = files.filter { file in
      file.isSwift && ban.folders.contains { file.path.hasPrefix($0 + "/") }
    }
    let counts = concerned.map { file in (file.path, occurrences(of: ban.word, in: file.code)) }
    let uses = counts.compactMap { path, count -> String? in
      let allowed = ban.exceptions.first { $0.path == path }?.count ?? 0
      return count == allowed
        ? nil : "\(path): has \(ban.word) \(count) times, allowed \(allowed)"
    }
    let known = Set(concerned.map(\.path))
    let stale = ban.exceptions.filter { !known.contains($0.path) }.map {
      "\($0.path): has an exception, and does not exist"
    }
    return uses + stale
  }

  /// Whole words only: `print(` is not in `fingerprint(`.
  static func occurrences(of word: String, in code: String) -> Int {
    code.ranges(of: word).count { range in
      guard let first = word.first, first.isLetter, range.lowerBound > code.startIndex else { return true }
      let before = code[code.index(before: range.lowerBound)]
      return !before.isLetter && !before.isNumber && before != "_" && before != "."
    }
  }

  /// Words of folder and file names that do not describe their content.
  static let emptyNames: Set = [
    "utils", "util", "helpers", "helper", "common", "manager", "managers", "misc",
  ]

  static func emptyNames(in paths: [String]) -> [String] {
    paths.filter { path in
      path.split(separator: "/").contains { part in
        let name = part.prefix { $0 != "." && $0 != "+" }
        let words = words(of: name).filter { !$0.isEmpty }
        // A page may be about what is new; a part of the code may not be the new one.
        return (words.first == "new" && !path.hasSuffix(".md")) || words.contains { emptyNames.contains($0) }
      }
    }
  }

  /// `PoolManager` is made of `pool` and `manager`.
  private static func words(of name: Substring) -> [String] {
    var words = [""]
    for character in name {
      if character == "-" || character == "_" || character.isUppercase { words.append("") }
      words[words.count - 1].append(character.lowercased())
    }
    return words.map { $0.filter(\.isLetter) }
  }

  /// Pipes in shell scripts into a `grep` that ends at its first match. The writer before it can then end with SIGPIPE, and
  /// under `pipefail` a match counts as none: now and then, on a busy machine.
  static func pipesIntoQuietGrep(in files: [SourceFile]) -> [String] {
    files.filter { $0.path.hasSuffix(".sh") }.flatMap { file in
      file.text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().compactMap {
        index, line in
        line.contains(/(^|[^|])\| *grep +-[a-zA-Z]*q/) ? "\(file.path):\(index + 1)" : nil
      }
    }
  }

  /// Paths of one machine, and notes of unfinished work. They are assembled here, so that the rule does not find
  /// itself.
  static let strayTexts = [
    "/wor" + "k/", "/roo" + "t/", "/hom" + "e/", "/User" + "s/", "TO" + "DO", "FIX" + "ME",
  ]

  static func strayTexts(in files: [SourceFile]) -> [String] {
    files.flatMap { file in
      strayTexts.filter { file.text.contains($0) }.map { "\(file.path): \($0)" }
    }
  }
}
