import Encoding

/// A report as Markdown for a comment on a pull request: a heading, the counts, and a table for each part.
///
/// Names come from the database and may be made to look like Markdown, HTML or a mention of a person, so each cell is
/// escaped. The text is bounded, because a forge refuses a longer comment; it then says how many items are left out.
struct MarkdownText: Sendable {
  /// The most bytes of the whole text. GitHub accepts comments of 65,536 characters.
  static let maximumBytes = 60_000
  /// The most characters of one cell.
  static let longestCell = 400
  /// Room for the line that counts what was left out.
  private static let reserve = 200

  private let report: Report

  init(_ report: Report) {
    self.report = report
  }

  var text: String {
    var lines = ["### bulkhead \(report.command)", "", "**\(Self.cell(report.summary))**"]
    var bytes = lines.map(\.utf8.count).reduce(0, +) + lines.count
    var left = 0
    for part in report.parts {
      var head = ["", "#### \(Self.cell(part.name))", ""]
      if let failure = part.failure { head += ["**failed:** \(Self.cell(failure))", ""] }
      let items = part.items.filter { $0.allowed == nil }
      if !items.isEmpty { head += ["| | account | object | what | line |", "|---|---|---|---|---|"] }
      if items.isEmpty, part.failure == nil { continue }
      for line in head + items.map(row) {
        let size = line.utf8.count + 1
        guard left == 0, bytes + size <= Self.maximumBytes - Self.reserve else {
          if line.hasPrefix("| **") || line.hasPrefix("**failed:**") { left += 1 }
          continue
        }
        lines.append(line)
        bytes += size
      }
    }
    let off = report.parts.flatMap(\.items).count { $0.allowed != nil }
    if off > 0 { lines += ["", "\(off.counted("finding")) switched off in the manifest."] }
    if left > 0 { lines += ["", "\(left.counted("more item")) left out: run `bulkhead \(report.command)`."] }
    return lines.joined(separator: "\n")
  }

  private func row(_ item: Report.Item) -> String {
    var cells = [item.account ?? "", item.object ?? "", item.message].map(Self.cell)
    if let statement = item.statement { cells[2] += ": \(Self.code(statement))" }
    let line = item.line.map { "\(Self.cell(report.manifest)):\($0)" } ?? ""
    return "| **\(item.rule)** | \(cells.joined(separator: " | ")) | \(line) |"
  }

  /// Text that Markdown shows as it is, on one line.
  static func cell(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars.prefix(longestCell) {
      switch scalar {
      case "\\", "`", "*", "_", "[", "]", "<", ">", "|", "~", "#", "&", "!", "$":
        escaped += "\\\(scalar)"
      // A comment in between keeps a forge from taking the word for a person, or the text for a link.
      case "@": escaped += "@<!-- -->"
      case ":": escaped += ":<!-- -->"
      case "\n", "\r", "\t": escaped += " "
      default: escaped += scalar.isUnprintable ? "\u{FFFD}" : String(scalar)
      }
    }
    escaped = escaped.replacing(":<!-- --> ", with: ": ")
    escaped = escaped.replacing("www.", with: "www<!-- -->.")
    if escaped.hasSuffix(":<!-- -->") { escaped.removeLast("<!-- -->".count) }
    return text.unicodeScalars.count > longestCell ? escaped + "…" : escaped
  }
}

extension MarkdownText {
  /// Text as a code span in a table's cell. The fence is longer than any run of backticks in the text, and a pipe is
  /// escaped even in code (GitHub Flavored Markdown, section 4.10).
  static func code(_ text: String) -> String {
    let shown = String(
      String.UnicodeScalarView(
        text.unicodeScalars.prefix(longestCell).map { (scalar) -> Unicode.Scalar in
          scalar == "\n" || scalar == "\t" ? " " : scalar.isUnprintable ? "\u{FFFD}" : scalar
        }))
    let longest = shown.split { $0 != "`" }.map(\.count).max() ?? 0
    let fence = String(repeating: "`", count: longest + 1)
    let space = longest > 0 ? " " : ""
    let end = text.unicodeScalars.count > longestCell ? "…" : ""
    return fence + space + shown.replacing("|", with: "\\|") + end + space + fence
  }
}
