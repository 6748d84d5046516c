/// The variables of the environment, as docs/settings.md documents them and as the programs read them.
enum DocumentedSettings {
  /// A variable that configures nothing of the fleet: `NO_COLOR` is a convention of terminals.
  static let others: Set = ["NO_COLOR"]

  /// The names in the first column of the page's tables.
  static func documented(in page: String) -> Set<String> {
    let cells = page.split(separator: "\n").filter { $0.hasPrefix("| `") }.compactMap {
      $0.split(separator: "|").first
    }
    return Set(
      cells.flatMap { cell in
        cell.split(separator: "`", omittingEmptySubsequences: false).enumerated()
          .filter { $0.offset % 2 == 1 }.map { String($0.element) }
      })
  }

  /// The names in a source: `environment.optionalText("DB_NAME")`.
  static func read(in source: String) -> Set<String> {
    let pattern = #/"(?<name>[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|PLATFORM|ROLE)"/#
    return Set(source.matches(of: pattern).map { String($0.name) })
  }

  /// Names in the README's table of a first run that the page lacks: each is a setting, or the `NAME_FILE` of one.
  static func unknown(in readme: String, documented: Set<String>) -> [String] {
    let section = readme.split(separator: "\n## Configure it\n").last?.split(separator: "\n## ").first ?? ""
    return Self.documented(in: String(section)).filter { name in
      !documented.contains(name)
        && !(name.hasSuffix("_FILE") && documented.contains(String(name.dropLast("_FILE".count))))
    }.sorted()
  }

  /// Names that one side has and the other lacks. `NAME_FILE` goes with `NAME`.
  static func differences(read: Set<String>, documented: Set<String>) -> [String] {
    let unknown = read.subtracting(documented).subtracting(others).filter { name in
      !(name.hasSuffix("_FILE") && documented.contains(String(name.dropLast("_FILE".count))))
    }
    return unknown.sorted().map { "\($0) is read and not documented" }
      + documented.subtracting(read).sorted().map { "\($0) is documented and not read" }
  }
}
