/// Whether tests read as a specification.
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
