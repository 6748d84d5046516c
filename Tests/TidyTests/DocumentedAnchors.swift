/// The headings that links of the documentation lead to.
enum DocumentedAnchors {
  /// Links to a heading that the page does not have: `limits.md#guessing`, or `#guessing` of the same page.
  static func missing(in page: SourceFile, of files: [SourceFile]) -> [String] {
    links(in: page.text).filter { link in
      let parts = link.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
      let path =
        parts[0].isEmpty ? page.path : DocumentedPaths.resolved(String(parts[0]), from: page.path)
      guard let target = files.first(where: { $0.path == path }) else { return true }
      return !anchors(of: target.text).contains(String(parts[1]))
    }.map { "\(page.path): \($0)" }
  }

  /// The targets of links to a heading of this checkout.
  private static func links(in text: String) -> [String] {
    text.ranges(of: "](").map { range in String(text[range.upperBound...].prefix { $0 != ")" }) }
      .filter { $0.contains("#") && !$0.contains("://") }
  }

  /// The anchors that a page's headings get: in lower case, without punctuation, spaces as hyphens, a repeated one numbered.
  static func anchors(of text: String) -> Set<String> {
    var counts: [String: Int] = [:]
    var isCode = false
    var anchors: Set<String> = []
    for line in text.split(separator: "\n") {
      if line.hasPrefix("```") { isCode.toggle() }
      guard !isCode, line.hasPrefix("#") else { continue }
      let slug = anchor(of: line.drop { $0 == "#" })
      let count = counts[slug, default: 0]
      counts[slug] = count + 1
      anchors.insert(count == 0 ? slug : "\(slug)-\(count)")
    }
    return anchors
  }

  private static func anchor(of heading: Substring) -> String {
    let words = heading.drop { $0 == " " }.lowercased()
    return String(
      words.compactMap { $0 == " " ? "-" : $0.isLetter || $0.isNumber || "-_".contains($0) ? $0 : nil })
  }
}
