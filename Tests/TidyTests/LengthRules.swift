/// The limits of the lengths of files and functions.
enum LengthRules {
  static let fileLines = 400
  static let usualFileLines = 300
  static let medianFileLines = 120
  static let functionLines = 70
  static let medianFunctionLines = 10

  static func fileViolations(_ files: [SourceFile]) -> [String] {
    let lengths = files.map(\.lineCount).sorted()
    var violations = files.filter { $0.lineCount > fileLines }.map { "\($0.path): \($0.lineCount) lines" }
    if percentile(50, of: lengths) > medianFileLines {
      violations.append("the median file has \(percentile(50, of: lengths)) lines")
    }
    if percentile(90, of: lengths) >= usualFileLines {
      violations.append("one file in ten has \(percentile(90, of: lengths)) lines or more")
    }
    return violations
  }

  static func functionViolations(_ files: [SourceFile]) -> [String] {
    let found = files.flatMap { file in FunctionScanner.functions(inCode: file.code).map { (file.path, $0) } }
    let median = percentile(50, of: found.map(\.1.lineCount).sorted())
    let long = found.filter { $0.1.lineCount > functionLines }
      .map { "\($0.0):\($0.1.line): \($0.1.name) has \($0.1.lineCount) lines" }
    return median > medianFunctionLines ? long + ["the median function has \(median) lines"] : long
  }

  /// The smallest value that `rank` percent of the values do not exceed.
  static func percentile(_ rank: Int, of sorted: [Int]) -> Int {
    guard !sorted.isEmpty else { return 0 }
    return sorted[(sorted.count - 1) * rank / 100]
  }
}
