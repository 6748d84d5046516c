/// A length of time as the manifest writes it: `500ms`, `5s`, `2min`.
enum ManifestDuration {
  /// The most that is accepted; a longer statement is not a limit.
  static let maximumMilliseconds = 3_600_000

  /// The milliseconds that `text` means, or `nil` if it is no duration from 1 ms to an hour.
  static func milliseconds(_ text: String) -> Int? {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    guard let count = Int(digits), let unit = units[String(text.dropFirst(digits.count))] else { return nil }
    let (product, overflow) = count.multipliedReportingOverflow(by: unit)
    return !overflow && (1...maximumMilliseconds).contains(product) ? product : nil
  }

  private static let units = ["ms": 1, "s": 1000, "min": 60_000]
}
