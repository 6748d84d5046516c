/// Where imports may point: down, as `Package.swift` says, and nowhere else.
struct ImportRules {
  let manifest: PackageManifest

  /// SwiftPM lets an undeclared import of a sibling slip through where something else built it first, so it is checked
  /// here. A shared library declares each module it imports; programs and tests may import what their dependencies stand on.
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

  /// A target depends only on targets above it.
  func wrongOrder() -> [String] {
    var above: Set<String> = manifest.products
    return manifest.targets.flatMap { target in
      defer { above.insert(target.name) }
      return target.dependencies.filter { !above.contains($0) }.map { "\(target.name) stands above \($0)" }
    }
  }

  /// Each C library has one owner, and it is used.
  func sharedCModules(in files: [SourceFile]) -> [String] {
    manifest.targets.filter { $0.kind == .systemLibrary }.compactMap { library in
      let users = Set(
        files.filter { Self.imports(of: $0).contains(library.name) }
          .compactMap { manifest.target(of: $0.path)?.name })
      return users.count == 1 ? nil : "\(library.name) is imported by \(users.sorted())"
    }
  }

  /// Declared and not used: the arrow would only be in the way of whoever reads the map.
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
