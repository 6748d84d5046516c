/// The targets of `Package.swift`, in its order, read from its text.
struct PackageManifest {
  enum Kind: Equatable {
    case systemLibrary, library, program, tests
  }

  struct Target: Equatable {
    let name: String
    let kind: Kind
    let path: String
    /// Names of targets, and of the modules of packages.
    let dependencies: [String]

    /// Whether the target is in `Shared`.
    var isShared: Bool { path.hasPrefix("Shared/") }
    /// The module's name in imports.
    var module: String { name.replacing("-", with: "_") }
  }

  let targets: [Target]
  /// The modules of packages.
  let products: Set<String>

  init(_ text: String) {
    let products = Self.products(in: text)
    self.products = Set(products.values)
    guard let start = text.firstRange(of: "  targets: [")?.upperBound else {
      targets = []
      return
    }
    targets = Self.calls(in: text[start...]).compactMap { Self.target($0, products: products) }
  }

  func target(named name: String) -> Target? { targets.first { $0.name == name } }

  /// The target whose folder contains this file: the innermost of nested folders.
  func target(of path: String) -> Target? {
    targets.filter { path.hasPrefix($0.path + "/") }.max { $0.path.count < $1.path.count }
  }

  /// The target's dependencies and their dependencies, without the target itself.
  func closure(of target: Target) -> Set<String> {
    var known: Set<String> = []
    var open = target.dependencies
    while let name = open.popLast() {
      guard known.insert(name).inserted else { continue }
      open += self.target(named: name)?.dependencies ?? []
    }
    return known
  }

  private static func products(in text: String) -> [String: String] {
    var products: [String: String] = [:]
    for line in text.split(separator: "\n") where line.contains("Target.Dependency.product(") {
      guard let variable = line.split(separator: " ").dropFirst().first, let name = strings(in: line).first
      else { continue }
      products[String(variable)] = name
    }
    return products
  }

  /// The calls at the first level of the list of targets, without comments.
  private static func calls(in text: Substring) -> [(head: String, arguments: String)] {
    var calls: [(String, String)] = []
    var head = ""
    var arguments = ""
    var depth = 0
    let lines = text.split(separator: "\n").filter {
      !$0.trimmingPrefix(while: \.isWhitespace).hasPrefix("//")
    }
    for character in lines.joined(separator: "\n") {
      switch (character, depth) {
      case ("]", 0): return calls
      case ("(", _), ("[", _):
        depth += 1
        if depth > 1 { arguments.append(character) }
      case (")", 1):
        calls.append((head.filter { $0.isLetter }, arguments))
        (head, arguments, depth) = ("", "", 0)
      case (")", _), ("]", _):
        depth -= 1
        arguments.append(character)
      case (_, 0): head.append(character)
      default: arguments.append(character)
      }
    }
    return calls
  }

  private static func target(_ call: (head: String, arguments: String), products: [String: String]) -> Target?
  {
    let kinds: [String: (kind: Kind, folder: String)] = [
      "systemLibrary": (.systemLibrary, "Shared/System"), "shared": (.library, "Shared"),
      "support": (.library, "Tests"), "program": (.program, "Services"), "tests": (.tests, "Tests"),
    ]
    guard let (kind, folder) = kinds[call.head] else { return nil }
    let list = call.arguments.split(separator: "[", maxSplits: 1)
    guard let name = strings(in: list[0]).first else { return nil }
    let path =
      argument("path", in: call.arguments) ?? "\(folder)/\(argument("at", in: call.arguments) ?? name)"
    let inner = list.count > 1 ? list[1].prefix { $0 != "]" } : ""
    return Target(name: name, kind: kind, path: path, dependencies: dependencies(inner, products))
  }

  private static func dependencies(_ list: Substring, _ products: [String: String]) -> [String] {
    list.split(separator: ",").compactMap { element in
      let word = element.filter { !$0.isWhitespace }
      return strings(in: element).first ?? products[word]
    }
  }

  private static func argument(_ label: String, in text: String) -> String? {
    text.firstRange(of: "\(label): \"").flatMap {
      strings(in: text[text.index(before: $0.upperBound)...]).first
    }
  }

  private static func strings(in text: some StringProtocol) -> [String] {
    let parts = text.split(separator: "\"", omittingEmptySubsequences: false)
    return parts.indices.filter { $0 % 2 == 1 }.map { String(parts[$0]) }
  }
}
