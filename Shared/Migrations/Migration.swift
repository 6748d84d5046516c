import Cryptography

/// One numbered step of the schema's history, forwards and back, in terms that every engine's DDL follows from.
///
/// A migration that has been applied anywhere is never changed: its checksum is stored beside its version, and a
/// difference stops the next run.
public struct Migration: Sendable, Hashable {
  /// Counted from 1 without gaps.
  public let version: Int
  /// In snake_case; says what the step is about.
  public let name: String
  /// What makes the step.
  public let up: [SchemaChange]
  /// What takes it back.
  public let down: [SchemaChange]

  /// A step and the way back.
  public init(version: Int, name: String, up: [SchemaChange], down: [SchemaChange]) {
    self.version = version
    self.name = name
    self.up = up
    self.down = down
  }

  /// SHA-256 of what the migration does, in hexadecimal; the same for every engine.
  public var checksum: String {
    SHA256.hex("\(version) \(name)\nup\n\(up.canonicalText)\ndown\n\(down.canonicalText)\n")
  }
}

extension [SchemaChange] {
  fileprivate var canonicalText: String {
    map(\.canonicalText).joined(separator: "\n")
  }
}
