import Foundation
import Testing

/// `bulkhead migrate new NAME --auto` in a folder that looks like a checkout.
@Suite struct ProposedMigrationTests {
  private func new(afterVersion newest: String) async throws -> (output: Program.Output, files: [String]) {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "bulkhead-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let versions = folder.appendingPathComponent("Shared/Data/Migrations/Versions")
    try FileManager.default.createDirectory(at: versions, withIntermediateDirectories: true)
    try Data().write(to: versions.appendingPathComponent("V\(newest)_newest.swift"))
    let output = try await Program.run(
      Program.named("bulkhead"), ["migrate", "new", "next", "--auto"], environment: [:], in: folder)
    return (output, try FileManager.default.contentsOfDirectory(atPath: versions.path))
  }

  @Test func `an unchanged schema gives no file, and the error names the next step`() async throws {
    let sources = Program.checkout.appendingPathComponent("Shared/Data/Migrations/Versions")
    let names = try FileManager.default.contentsOfDirectory(atPath: sources.path).filter { $0.hasPrefix("V") }
    let newest = try #require(names.map { String($0.dropFirst().prefix(4)) }.max())
    let (output, files) = try await new(afterVersion: newest)
    #expect(output.status == 1)
    #expect(output.err.contains("change it first"), "\(output.err)")
    #expect(files.count == 1)
  }

  @Test func `a tool that is older than the checkout proposes nothing`() async throws {
    let (output, files) = try await new(afterVersion: "0099")
    #expect(output.status == 1)
    #expect(output.err.contains("build the tool again"), "\(output.err)")
    #expect(files.count == 1)
  }
}
