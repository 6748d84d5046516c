import Foundation
import Processes
import TestSupport
import Testing

@testable import bulkhead

/// The sources that `bulkhead service new` writes, checked by the compiler against the modules of this build.
extension ServiceSkeletonTests {
  @Test func `a new service and its test compile, and not where a decoded body is not awaited`() throws {
    let checked = ["Shared/Base/Schema", "Shared/Data/Migrations"]
    let unchanged = Self.shared.filter { path in !checked.contains { path.hasPrefix($0) } }
    try withCopy(of: unchanged + checked) { copy in
      let written = try skeleton("order-mail", in: copy).write()
      let compiler = try BuildCompiler(in: copy)
      try compiler.emitModule("Schema", of: try compiler.sources(in: "Shared/Base/Schema"))
      let migrations = try compiler.sources(in: "Shared/Data/Migrations")
      try compiler.check("Migrations", of: migrations, only: written.filter(migrations.contains))
      let service = try compiler.sources(in: "Services/OrderMail")
      try compiler.emitModule("order_mail", of: service)
      try compiler.check(
        "OrderMailTests", of: try compiler.sources(in: "Tests/Services/OrderMailTests"))

      let routes = copy.appending(path: "Services/OrderMail/Routes/OrderMailItemRoutes.swift")
      let text = try String(contentsOf: routes, encoding: .utf8)
      let without = text.replacing("try await request.decode(", with: "try request.decode(")
      try #require(without != text)
      try without.write(to: routes, atomically: true, encoding: .utf8)
      let error = #expect(throws: SupportError.self) { try compiler.emitModule("order_mail", of: service) }
      #expect(error?.description.contains("'async' but is not marked with 'await'") == true)
    }
  }
}

/// The compiler of the build that this test is of.
private struct BuildCompiler {
  private let program: String
  private let options: [String]
  private let folder: URL
  private let modules: URL

  /// Takes program and options from what SwiftPM wrote for the module of these tests. New modules come first.
  init(in folder: URL) throws {
    let products = URL(filePath: CommandLine.arguments[0]).resolvingSymlinksInPath()
      .deletingLastPathComponent()
    let plan = products.appending(path: "../../\(products.lastPathComponent).yaml").standardizedFileURL
    let start = "    args: "
    let lines = try String(contentsOf: plan, encoding: .utf8).split(separator: "\n").filter {
      $0.hasPrefix(start) && $0.contains("\"-module-name\",\"BulkheadTests\"")
    }
    let line = try #require(lines.first, "\(plan.path) does not say how BulkheadTests is compiled")
    let words = try JSONDecoder().decode([String].self, from: Data(line.dropFirst(start.count).utf8))
    self.folder = folder
    modules = folder.appending(path: "modules")
    try FileManager.default.createDirectory(at: modules, withIntermediateDirectories: true)
    program = words[0]
    options = ["-I", modules.path] + Self.kept(words)
  }

  /// The options that say what the sources mean, without those that say what is written.
  private static func kept(_ words: [String]) -> [String] {
    let withValue: Set = ["-I", "-target", "-Xcc", "-module-cache-path", "-swift-version", "-package-name"]
    var (kept, index): ([String], Int) = ([], 1)
    while index < words.count {
      let word = words[index]
      if withValue.contains(word), index + 1 < words.count {
        kept += [word, words[index + 1]]
        index += 1
      } else if word.hasPrefix("-I") || word.hasPrefix("-D") || word == "-warnings-as-errors" {
        kept.append(word)
      }
      index += 1
    }
    return kept + ["-enable-testing", "-parse-as-library"]
  }

  /// The Swift files below a folder, relative to the copy.
  func sources(in path: String) throws -> [String] {
    try FileManager.default.subpathsOfDirectory(atPath: folder.appending(path: path).path)
      .filter { $0.hasSuffix(".swift") }.sorted().map { "\(path)/\($0)" }
  }

  /// Checks all of the sources, and writes their module.
  func emitModule(_ name: String, of sources: [String]) throws {
    let file = modules.appending(path: "\(name).swiftmodule").path
    try run(["-wmo", "-emit-module", "-emit-module-path", file, "-module-name", name], sources)
  }

  /// Checks all of the sources, and writes nothing.
  func check(_ name: String, of sources: [String]) throws {
    try run(["-wmo", "-typecheck", "-module-name", name], sources)
  }

  /// Checks some of the sources; of the others, only what these need.
  func check(_ name: String, of sources: [String], only checked: [String]) throws {
    try #require(!checked.isEmpty)
    let marked = sources.flatMap { checked.contains($0) ? ["-primary-file", $0] : [$0] }
    try run(["-frontend", "-typecheck", "-module-name", name], marked)
  }

  private func run(_ command: [String], _ sources: [String]) throws {
    let files = sources.map { $0.hasPrefix("-") ? $0 : folder.appending(path: $0).path }
    let outcome = try ChildProcess.run(program, command + options + files)
    guard outcome.isSuccess else { throw SupportError("swiftc \(outcome.ending): \(outcome.errors)") }
  }
}
