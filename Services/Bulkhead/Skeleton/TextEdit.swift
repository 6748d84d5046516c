import Foundation

/// One change of a file that every service is named in: a text that stands before an anchor, or in place of another.
///
/// `remove` finds exactly what `new` wrote and takes it back, so that nothing stays behind.
struct TextEdit: Sendable {
  enum Place: Sendable {
    /// Before the only occurrence of this text.
    case before(String)
    /// In place of this text, which comes back.
    case insteadOf(String)
    /// At the end, where the last top-level key of the file is this one.
    case end(after: String)
  }

  /// The file, relative to the checkout.
  let path: String
  let place: Place
  let text: String

  /// The file's text with the change.
  func applied(to file: String) throws -> String {
    switch place {
    case .before(let anchor):
      let range = try only(anchor, in: file)
      return file.replacingCharacters(in: range.lowerBound..<range.lowerBound, with: text)
    case .insteadOf(let old): return file.replacingCharacters(in: try only(old, in: file), with: text)
    case .end(let key):
      let last = file.split(separator: "\n").last { line in
        line.first?.isLetter == true && line.contains(":")
      }
      guard last == "\(key):", file.hasSuffix("\n") else {
        throw ToolError("\(path): '\(key)' is not its last part: move it there, then repeat the command")
      }
      return file + text
    }
  }

  /// The file's text without the change.
  func reverted(in file: String) throws -> String {
    guard file.contains(text) else {
      throw ToolError(
        "\(path) was changed where it has the service: the lines from '\(Self.start(of: text))' on are not those that "
          + "bulkhead service new wrote. Undo that change and repeat the command, or remove the service by hand: its "
          + "lines there and in the other files, and its own files")
    }
    let range = try only(text, in: file)
    switch place {
    case .before, .end: return file.replacingCharacters(in: range, with: "")
    case .insteadOf(let old): return file.replacingCharacters(in: range, with: old)
    }
  }

  private func only(_ text: String, in file: String) throws -> Range<String.Index> {
    let ranges = file.ranges(of: text)
    guard let range = ranges.first, ranges.count == 1 else {
      throw ToolError(
        "\(path) has \(ranges.count) times the text that begins with '\(Self.start(of: text))', and once is needed"
      )
    }
    return range
  }

  private static func start(of text: String) -> String {
    (text.split(separator: "\n").first ?? "").trimmingCharacters(in: .whitespaces)
  }
}
