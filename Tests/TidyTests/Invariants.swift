/// The tests that docs/invariants.md names for its claims.
enum Invariants {
  /// The tests of the table's rows: a target, a colon, and names in backticks.
  static func namedTests(in text: String) -> [(target: String, name: String)] {
    text.split(separator: "\n").flatMap { line -> [(target: String, name: String)] in
      guard let cell = line.split(separator: "|").last(where: { $0.contains("Tests: `") }),
        let colon = cell.firstRange(of: ": ")
      else { return [] }
      let target = String(cell[..<colon.lowerBound].drop { $0 == " " })
      let parts = cell[colon.upperBound...].split(separator: "`", omittingEmptySubsequences: false)
      return stride(from: 1, to: parts.count, by: 2).map { (target, String(parts[$0])) }
    }
  }

  /// Rows whose last cell, the words for `--filter`, is in the name of none of the row's tests, or would end a shell's
  /// single quotes.
  static func uselessWords(in text: String) -> [String] {
    text.split(separator: "\n").filter { $0.contains("Tests: `") }.compactMap { line in
      let names = namedTests(in: String(line)).map(\.name)
      guard let cell = line.split(separator: "|").last(where: { $0.contains("`") }) else {
        return String(line)
      }
      let words = cell.filter { $0 != "`" }.split(separator: " ").joined(separator: " ")
      let isUseful = names.contains { $0.contains(words) } && !words.isEmpty && !words.contains("'")
      return isUseful ? nil : words
    }
  }

  /// The named tests that no file of their target declares.
  static func missingTests(in text: String, files: [SourceFile]) -> [String] {
    namedTests(in: text).filter { test in
      !files.contains {
        $0.isIn("Tests") && $0.path.contains("/\(test.target)/") && $0.text.contains("func `\(test.name)`")
      }
    }.map { "\($0.target): \($0.name)" }
  }

  /// The checks in Python: each `test_...` in backticks, in any row or sentence of the page.
  static func namedChecks(in text: String) -> [String] {
    text.split(separator: "`", omittingEmptySubsequences: false).enumerated()
      .filter { $0.offset % 2 == 1 && $0.element.hasPrefix("test_") }.map { String($0.element) }
  }

  /// The named checks that no file of the deployment's tests defines.
  static func missingChecks(in text: String, files: [SourceFile]) -> [String] {
    let checks = files.filter { $0.isIn("deploy/tests") && $0.path.hasSuffix(".py") }
    return namedChecks(in: text).filter { name in !checks.contains { $0.text.contains("def \(name)(") } }
  }
}

/// The rule for names of tests: each is a sentence in backticks.
enum TestNames {
  /// Functions after `@Test` whose name is not in backticks.
  static func unnamed(in file: SourceFile) -> [String] {
    let code = file.code
    return code.ranges(of: "@Test").compactMap { range in
      let rest = code[range.upperBound...]
      guard let keyword = rest.firstRange(of: "func ") else { return nil }
      let name = rest[keyword.upperBound...].prefix { $0 != "(" }
      let isSentence = name.hasPrefix("_") && name.dropFirst().allSatisfy(\.isWhitespace)
      return isSentence ? nil : "\(file.path): \(name)"
    }
  }
}
