import Foundation

/// A service by the pattern of the others: its own files, and its lines in the files that list services.
struct ServiceSkeleton: Sendable {
  /// The service whose wiring and dependencies a new one takes: its engines are those of the fleet.
  private static let model = (folder: "Services/Analytics", target: "\"analytics\", at: \"Analytics\",")
  static let migrations = "Shared/Data/Migrations/Versions"

  let names: SkeletonNames
  let port: Int
  let version: Int
  let size: ServiceSize
  let checkout: URL

  /// The skeleton of the service that would come next in this checkout, or that came last.
  init(_ names: SkeletonNames, in checkout: URL, port: Int, version: Int, size: ServiceSize) {
    (self.names, self.checkout, self.port, self.version) = (names, checkout, port, version)
    self.size = size
  }

  /// The service's own files, by path.
  func files() throws -> [String: String] {
    let folder = checkout.appendingPathComponent("deploy/templates/service")
    guard let sources = try? FileManager.default.subpathsOfDirectory(atPath: folder.path) else {
      throw ToolError("no folder \(folder.relativePath): run this command in the checkout")
    }
    let context = try context()
    var files: [String: String] = [:]
    for source in sources where source.hasSuffix(".template") {
      let template = try Template(
        String(contentsOf: folder.appendingPathComponent(source), encoding: .utf8), file: source)
      files[path(String(source.dropLast(".template".count)))] = try template.text(context)
    }
    return files
  }

  /// The lines in shared files.
  func edits() throws -> [TextEdit] {
    [
      TextEdit(
        path: "Package.swift",
        place: .before("    .executable(name: \"bulkhead\", targets: [\"bulkhead\"]),\n"),
        text: "    .executable(name: \"\(names.name)\", targets: [\"\(names.name)\"]),\n"),
      TextEdit(
        path: "Package.swift", place: .before("    program(\n      \"bulkhead\", at: \"Bulkhead\",\n"),
        text: "    program(\n      \"\(names.name)\", at: \"\(names.type)\",\n      \(try dependencies())),\n"
      ),
      TextEdit(
        path: "Package.swift", place: .before("    tests(\n      \"BulkheadTests\","),
        text: """
              tests(
                "\(names.type)Tests", at: "Services/\(names.type)Tests",
                ["\(names.name)", "Migrations", "DatabaseTestSupport"]),

          """.replacing("\n\n", with: "\n")),
      TextEdit(
        path: "Shared/Base/Schema/Schema.swift", place: .insteadOf("currentVersion = \(version - 1)\n"),
        text: "currentVersion = \(version)\n"),
      TextEdit(
        path: "Shared/Base/Schema/Schema.swift", place: .before("    SchemaMigrations.definition,\n"),
        text: "    \(names.type)Items.definition,\n"),
      TextEdit(
        path: "Shared/Data/Migrations/Migration.swift",
        place: .insteadOf(".v\(Self.digits(version - 1)),\n  ]"),
        text: ".v\(Self.digits(version - 1)),\n    .v\(Self.digits(version)),\n  ]"),
    ] + manifestEdits()
  }

  private func manifestEdits() -> [TextEdit] {
    let name = names.name
    let edge = size.hasEdge ? "    network: { edge: people keep their items }\n" : ""
    return [
      TextEdit(
        path: "deploy/access.yaml", place: .end(after: "services"),
        text: """

            \(name):
              owns: [\(names.table)]
              database:
                account: \(name)-rw
                level: read-write
                limits: \(size.limits)
                grants:
                  \(names.table): [select, insert, update, delete]
                  events:
                    select: { rows: { source: backend-api } } # whose sessions have ended
              cache: { account: \(name)-cache, keys: { "\(name):*": read-write } }

          """ + edge),
      TextEdit(
        path: "deploy/fleet.yaml", place: .before("\nservices:\n"),
        text: "  \(name): What the users of \(name) keep\n"),
      TextEdit(
        path: "deploy/fleet.yaml", place: .end(after: "services"),
        text: """

            \(name):
              program: \(name)
              port: \(port)
              pods: \(size.pods)
              pool: \(size.pool)
              cpu: \(size.cpu)
              memory: \(size.memory)

          """),
    ]
  }

  /// Four digits.
  static func digits(_ version: Int) -> String {
    let text = String(version)
    return String(repeating: "0", count: max(0, 4 - text.count)) + text
  }

  private func path(_ source: String) -> String {
    source.replacing("each-service", with: names.type).replacing("each-type", with: names.type)
      .replacing("each-version", with: "V\(Self.digits(version))").replacing("each-table", with: names.table)
  }

  private func context() throws -> Template.Context {
    let composition = try text("\(Self.model.folder)/Composition.swift")
    let imports = composition.split(separator: "\n").filter { $0.hasPrefix("import ") }
    return [
      "name": .text(names.name), "type": .text(names.type), "module": .text(names.module),
      "table": .text(names.table), "variable": .text(names.variable), "port": .number(port),
      "version": .text(Self.digits(version)), "version_number": .number(version),
      "oldest_program": .number(version - 1), "imports": .text(imports.joined(separator: "\n")),
      "engines": .text(
        try Self.call("EngineRegistry(", in: composition).replacing("\n  ", with: "\n    ")),
    ]
  }

  /// The dependencies of the model's program in `Package.swift`.
  private func dependencies() throws -> String {
    let package = try text("Package.swift")
    guard let target = package.firstRange(of: Self.model.target),
      let open = package[target.upperBound...].firstIndex(of: "["),
      let close = package[open...].firstIndex(of: "]")
    else { throw ToolError("Package.swift has no program \(Self.model.target)") }
    return String(package[open...close])
  }

  /// The text of a call, to its closing parenthesis.
  private static func call(_ start: String, in text: String) throws -> String {
    guard let begin = text.firstRange(of: start) else { throw ToolError("no \(start) in \(model.folder)") }
    var depth = 0
    for index in text[begin.lowerBound...].indices {
      if text[index] == "(" { depth += 1 }
      if text[index] == ")" { depth -= 1 }
      if text[index] == ")", depth == 0 { return String(text[begin.lowerBound...index]) }
    }
    throw ToolError("\(start) in \(model.folder) is never closed")
  }

  func text(_ path: String) throws -> String { try Self.text(path, in: checkout) }

  static func text(_ path: String, in checkout: URL) throws -> String {
    let file = checkout.appendingPathComponent(path)
    guard let text = try? String(contentsOf: file, encoding: .utf8) else {
      throw ToolError("cannot read \(path): run this command in the checkout")
    }
    return text
  }
}
