import Foundation

/// The lines of one service in a manifest. They are read and not their meaning: a half-made checkout does not parse.
struct ManifestBlock {
  let service: String
  private var lines: [Substring] = []

  /// The blocks below `services:`, in the file's order.
  static func all(in text: String) -> [ManifestBlock] {
    var blocks: [ManifestBlock] = []
    var isInside = false
    for line in text.split(separator: "\n") {
      if line.first?.isLetter == true { isInside = line == "services:" }
      guard isInside else { continue }
      if line.hasPrefix("  "), !line.hasPrefix("   "), !line.hasPrefix("  #") {
        blocks.append(ManifestBlock(service: String(line.dropFirst(2).prefix { $0 != ":" })))
      } else if !blocks.isEmpty {
        blocks[blocks.count - 1].lines.append(line)
      }
    }
    return blocks
  }

  /// What follows a key on the line that begins with it, without the line's comment.
  func value(of key: String) -> String? {
    for line in lines {
      let words = line.drop { $0 == " " }
      guard words.hasPrefix("\(key): ") else { continue }
      let value = words.dropFirst(key.count + 2)
      let end = value.firstRange(of: " #")?.lowerBound ?? value.endIndex
      return value[..<end].trimmingCharacters(in: .whitespaces)
    }
    return nil
  }

  /// Whether a key stands in a line, also within braces.
  func has(_ key: String) -> Bool {
    lines.contains { line in
      line.split { " {,".contains($0) }.prefix { !$0.hasPrefix("#") }.contains("\(key):")
    }
  }
}
