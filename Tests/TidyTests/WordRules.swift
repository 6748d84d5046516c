/// Words that may not stand in the code, and where they may after all.
enum WordRules {
  /// A word, where it is banned, and the places with a good reason to use it, counted.
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

  /// Uses beyond the exceptions, and exceptions that are no longer used.
  static func violations(of ban: Ban, in files: [SourceFile]) -> [String] {
    let concerned = files.filter { file in
      file.isSwift && ban.folders.contains { file.path.hasPrefix($0 + "/") }
    }
    let counts = concerned.map { file in (file.path, occurrences(of: ban.word, in: file.code)) }
    let uses = counts.compactMap { path, count -> String? in
      let allowed = ban.exceptions.first { $0.path == path }?.count ?? 0
      return count == allowed
        ? nil : "\(path): \(ban.word) stands there \(count) times; allowed are \(allowed)"
    }
    let known = Set(concerned.map(\.path))
    let stale = ban.exceptions.filter { !known.contains($0.path) }.map {
      "\($0.path): excepted, and is not there"
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

  /// Folder and file names that say nothing about what is inside.
  static let emptyNames: Set = [
    "utils", "util", "helpers", "helper", "common", "manager", "managers", "misc",
  ]

  static func emptyNames(in paths: [String]) -> [String] {
    paths.filter { path in
      path.split(separator: "/").contains { part in
        let name = part.prefix { $0 != "." && $0 != "+" }
        let words = words(of: name).filter { !$0.isEmpty }
        return words.first == "new" || words.contains { emptyNames.contains($0) }
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

  /// Texts that belong to one machine, or that promise to come back; put together here so as not to find themselves.
  static let strayTexts = [
    "/wor" + "k/", "/roo" + "t/", "/hom" + "e/", "/User" + "s/", "TO" + "DO", "FIX" + "ME",
  ]

  static func strayTexts(in files: [SourceFile]) -> [String] {
    files.flatMap { file in
      strayTexts.filter { file.text.contains($0) }.map { "\(file.path): \($0)" }
    }
  }
}
