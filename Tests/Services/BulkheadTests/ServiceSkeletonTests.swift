import AccessManifest
import Foundation
import TestSupport
import Testing

@testable import bulkhead

/// `bulkhead service new` and `remove`, on a copy of the files that they read and change.
@Suite struct ServiceSkeletonTests {
  static let shared = [
    "Package.swift", "Shared/Base/Schema/Schema.swift", "Shared/Data/Migrations/Migration.swift",
    "Shared/Data/Migrations/Versions", "Services/Analytics/Composition.swift", "deploy/access.yaml",
    "deploy/fleet.yaml", "deploy/templates/service", "deploy/templates/compose",
  ]

  func withCopy(of paths: [String] = Self.shared, _ body: (URL) throws -> Void) throws {
    let copy = FileManager.default.temporaryDirectory.appendingPathComponent("skeleton-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: copy) }
    for path in paths {
      let target = copy.appendingPathComponent(path)
      try FileManager.default.createDirectory(
        at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
      try FileManager.default.copyItem(at: Checkout.root.appendingPathComponent(path), to: target)
    }
    try body(copy)
  }

  /// The text of every file, by path.
  func texts(in folder: URL) throws -> [String: String] {
    var texts: [String: String] = [:]
    for path in try FileManager.default.subpathsOfDirectory(atPath: folder.path) {
      texts[path] = try? String(contentsOf: folder.appendingPathComponent(path), encoding: .utf8)
    }
    return texts
  }

  func skeleton(_ name: String, like model: String? = nil, in copy: URL) throws -> ServiceSkeleton {
    try ServiceSkeleton.next(try SkeletonNames(name), like: model, in: copy)
  }

  @Test(arguments: ["ledger", "order-mail"])
  func `remove takes back exactly what new wrote`(_ name: String) throws {
    try withCopy { copy in
      let before = try texts(in: copy)
      _ = try skeleton(name, in: copy).write()
      #expect(try texts(in: copy).count == before.count + 8)
      _ = try ServiceSkeleton.existing(try SkeletonNames(name), in: copy).remove(force: false)
      #expect(try texts(in: copy) == before)
      #expect(!FileManager.default.fileExists(atPath: copy.appendingPathComponent("Services/Ledger").path))
    }
  }

  @Test func `of two new services, each has a port and a version of its own, and the first stays`() throws {
    try withCopy { copy in
      _ = try skeleton("ledger", in: copy).write()
      let between = try texts(in: copy)
      let second = try skeleton("order-mail", in: copy)
      _ = try second.write()
      let fleet = try #require(try texts(in: copy)["deploy/fleet.yaml"])
      #expect(
        fleet.contains("    port: \(second.port - 1)\n") && fleet.contains("    port: \(second.port)\n"))
      let error = #expect(throws: ToolError.self) {
        try ServiceSkeleton.existing(try SkeletonNames("ledger"), in: copy)
      }
      #expect(error?.description.contains("later versions follow") == true)
      _ = try ServiceSkeleton.existing(try SkeletonNames("order-mail"), in: copy).remove(force: false)
      #expect(try texts(in: copy) == between)
    }
  }

  @Test func `a service that was changed is removed only by force`() throws {
    try withCopy { copy in
      let before = try texts(in: copy)
      _ = try skeleton("ledger", in: copy).write()
      let more = copy.appendingPathComponent("Services/Ledger/Domain/Invoice.swift")
      try "struct Invoice {}\n".write(to: more, atomically: true, encoding: .utf8)
      let made = try ServiceSkeleton.existing(try SkeletonNames("ledger"), in: copy)
      let error = #expect(throws: ToolError.self) { try made.remove(force: false) }
      #expect(error?.description.hasPrefix("Services/Ledger/Domain/Invoice.swift is not what") == true)
      #expect(FileManager.default.fileExists(atPath: more.path))
      _ = try made.remove(force: true)
      #expect(try texts(in: copy) == before)
    }
  }

  @Test func `a second service of the same name writes nothing`() throws {
    try withCopy { copy in
      _ = try skeleton("ledger", in: copy).write()
      let before = try texts(in: copy)
      #expect(throws: ToolError.self) { try skeleton("ledger", in: copy).write() }
      #expect(try texts(in: copy) == before)
    }
  }

  /// Every service with tokens follows these events, and does not start without the right to read them.
  @Test func `a new service may read which sessions have ended, and adds no event`() throws {
    try withCopy { copy in
      _ = try skeleton("ledger", in: copy).write()
      // Without the new table in its schema, this program cannot parse the manifest.
      let manifest = try #require(try texts(in: copy)["deploy/access.yaml"])
      let block = try #require(manifest.components(separatedBy: "\n  ledger:\n").last)
      let grants = "        events:\n          select: { rows: { source: backend-api } }"
      #expect(block.contains(grants) && !block.contains("insert: {"))
    }
  }

  @Test(arguments: ["Billing", "b", "1st", "a--b", "mail-2", "bulkhead", "schema", "x/../y"])
  func `a name that cannot be a program's is refused`(_ name: String) {
    #expect(throws: ToolError.self) { try SkeletonNames(name) }
  }

  @Test func `no template of a service is left unfilled, and its engines are those of the other services`()
    throws
  {
    let files = try skeleton("ledger", in: Checkout.root).files()
    for (path, text) in files {
      #expect(!text.contains("{{") && !path.contains("each-"), "\(path)")
    }
    let wiring = try #require(files["Services/Ledger/Composition.swift"])
    let model = try String(
      contentsOfFile: Checkout.path("Services/Analytics/Composition.swift"), encoding: .utf8)
    for line in model.split(separator: "\n") where line.hasPrefix("import ") || line.contains("databases: [")
    {
      #expect(wiring.contains(line.trimmingCharacters(in: .whitespaces)))
    }
  }
}
