/// The files and folders that the documentation names.
enum DocumentedPaths {
  private static let tops: Set = [
    "Shared", "Services", "Tests", "Benchmarks", "Fuzz", "deploy", "docs", "scripts",
  ]

  /// Folders that a command makes and git ignores.
  private static let generated: Set = ["deploy/compose/secrets"]

  /// What stands between backticks and begins with a folder of the checkout, and the targets of links.
  static func named(in text: String) -> [String] {
    let code = text.split(separator: "`", omittingEmptySubsequences: false)
    let quoted = code.indices.filter { $0 % 2 == 1 }.map { String(code[$0]) }.filter(isPath)
    let links = text.ranges(of: "](").map { range in String(text[range.upperBound...].prefix { $0 != ")" }) }
    let local = links.filter { !$0.contains("://") }.map { String($0.prefix { $0 != "#" }) }
    return quoted + local.filter { !$0.isEmpty }
  }

  /// Paths in a page that are neither a file nor a folder of the checkout; a link is relative to its page's folder.
  static func missing(in page: SourceFile, of files: [SourceFile]) -> [String] {
    let known = files.map(\.path)
    return named(in: page.text).filter { path in
      let wanted = path.hasSuffix("/") ? String(path.dropLast()) : path
      let candidates = [wanted, resolved(wanted, from: page.path)]
      return !generated.contains(wanted)
        && !candidates.contains { candidate in
          known.contains { $0 == candidate || $0.hasPrefix(candidate + "/") }
        }
    }.map { "\(page.path): \($0)" }
  }

  /// A link's path from the checkout's root: `../http.md` in `docs/benchmarks/data.md` is `docs/http.md`.
  static func resolved(_ link: String, from page: String) -> String {
    var parts = page.split(separator: "/").dropLast()
    for part in link.split(separator: "/") {
      if part == ".." { parts = parts.dropLast() } else { parts.append(part) }
    }
    return parts.joined(separator: "/")
  }

  /// A placeholder in capitals, a pattern or a command is no path, and `/docs` is a path of a service.
  private static func isPath(_ text: String) -> Bool {
    guard let top = text.split(separator: "/").first, tops.contains(String(top)), text.contains("/"),
      !text.hasPrefix("/")
    else {
      return false
    }
    return !text.contains { " *$<{".contains($0) } && !text.contains("...") && !text.contains("NAME")
      && !text.contains("ENV")
  }
}
