/// Only an engine's own folder and a `Composition.swift` may name the engine in shipped code.
///
/// Comments and messages may name engines, because they explain. Other code may not, because it would need a change
/// for every new engine.
struct EngineRules {
  let manifest: PackageManifest

  /// Words of one engine, anywhere in an identifier.
  private static let names = ["postgres", "sqlite", "mysql", "mariadb", "galera", "redis", "valkey"]

  /// The values of `DB_TYPE` and `CACHE_TYPE`. A string that equals one is a comparison, not a message.
  private static let settings: Set = ["postgresql", "sqlite", "mysql", "redis"]

  private static let home = "Shared/Engines/"

  /// The places that name an engine outside of its folder and the compositions.
  func violations(in files: [SourceFile]) -> [String] {
    files.filter(isBound).flatMap { file in
      imports(of: file) + identifiers(in: file) + strings(in: file)
    }
  }

  private func isBound(_ file: SourceFile) -> Bool {
    file.isSwift && file.isIn("Shared", "Services") && !file.path.hasPrefix(Self.home)
      && !file.path.hasSuffix("/Composition.swift")
  }

  private func imports(of file: SourceFile) -> [String] {
    let engines = manifest.targets.filter { $0.path.hasPrefix(Self.home) }.map(\.module)
    return ImportRules.imports(of: file).intersection(engines).sorted().map { "\(file.path): imports \($0)" }
  }

  private func identifiers(in file: SourceFile) -> [String] {
    let words = Set(CodeToken.all(in: file.code).map(\.text))
    return words.filter { word in Self.names.contains { word.lowercased().contains($0) } }.sorted()
      .map { "\(file.path): names \($0)" }
  }

  private func strings(in file: SourceFile) -> [String] {
    Self.settings.filter { file.text.contains("\"\($0)\"") }.sorted()
      .map { "\(file.path): has the string \"\($0)\"" }
  }
}
