/// The rules for imports: they point down and are declared in `Package.swift`.
struct ImportRules {
  let manifest: PackageManifest

  /// Imports that a target does not declare.
  ///
  /// SwiftPM accepts an undeclared import where another target built the module first. A shared library declares each
  /// module that it imports. Programs and tests may also import the dependencies of their dependencies.
  func undeclaredImports(in files: [SourceFile]) -> [String] {
    files.flatMap { file -> [String] in
      guard let target = manifest.target(of: file.path) else { return [] }
      let allowed = target.isShared ? Set(target.dependencies) : manifest.closure(of: target)
      let modules = Set(manifest.targets.filter { allowed.contains($0.name) }.map(\.module))
      return Self.imports(of: file).filter {
        isOurs($0) && $0 != target.module && !allowed.union(modules).contains($0)
      }
      .map { "\(file.path): imports \($0), which \(target.name) does not declare" }
    }
  }

  /// Targets that depend on one below them.
  func wrongOrder() -> [String] {
    var above: Set<String> = manifest.products
    return manifest.targets.flatMap { target in
      defer { above.insert(target.name) }
      return target.dependencies.filter { !above.contains($0) }.map {
        "\(target.name) is listed above its dependency \($0)"
      }
    }
  }

  /// C libraries that no target or several targets import.
  func sharedCModules(in files: [SourceFile]) -> [String] {
    manifest.targets.filter { $0.kind == .systemLibrary }.compactMap { library in
      let users = Set(
        files.filter { Self.imports(of: $0).contains(library.name) }
          .compactMap { manifest.target(of: $0.path)?.name })
      return users.count == 1 ? nil : "\(library.name) is imported by \(users.sorted())"
    }
  }

  /// Dependencies that a library declares and does not import.
  func unusedDependencies(in files: [SourceFile]) -> [String] {
    manifest.targets.filter { $0.isShared && $0.kind == .library }.flatMap { target -> [String] in
      let used = Set(files.filter { manifest.target(of: $0.path) == target }.flatMap(Self.imports))
      return target.dependencies.filter { !used.contains($0) }.map {
        "\(target.name) declares \($0) and never imports it"
      }
    }
  }

  private func isOurs(_ module: String) -> Bool {
    manifest.products.contains(module) || manifest.targets.contains { $0.module == module }
  }

  static func imports(of file: SourceFile) -> Set<String> {
    guard file.isSwift else { return [] }
    var modules: Set<String> = []
    for line in file.code.split(separator: "\n") {
      let words = line.split(separator: " ")
      guard let keyword = words.firstIndex(of: "import"), words[..<keyword].allSatisfy(isModifier) else {
        continue
      }
      let rest = words[(keyword + 1)...].drop {
        ["struct", "class", "enum", "protocol", "func", "typealias"].contains($0)
      }
      if let name = rest.first?.split(separator: ".").first { modules.insert(String(name)) }
    }
    return modules
  }

  private static func isModifier(_ word: Substring) -> Bool {
    word.hasPrefix("@") || ["public", "package", "internal", "fileprivate", "private"].contains(word)
  }
}
