import Transport

/// What a database engine is to a service: its names, where it runs, its dialect and its driver.
///
/// Each engine's folder has one value of this kind. A program lists its engines in its `Composition.swift`, and
/// `DB_TYPE` selects one of them; no other code names an engine.
package protocol DatabaseEngine: Sendable {
  /// The value of `DB_TYPE` that selects the engine.
  var name: String { get }

  /// The schemes of `DATABASE_URL` that select the engine; the first is the one that messages show.
  var urlSchemes: [String] { get }

  /// Where the engine runs.
  var location: EngineLocation { get }

  /// The capabilities and the spelling of the engine's SQL.
  var dialect: Dialect { get }

  /// Whether a driver encrypts a password for the server's public key where the connection is not encrypted.
  var pinsServerKeys: Bool { get }

  /// The variables of the environment that the engine's client library reads by itself. They would change where a
  /// connection leads, or what its session is, behind the settings: a program removes them at its start.
  var libraryVariables: [String] { get }

  /// A driver for the account and the address of `configuration`.
  func driver(_ configuration: DatabaseConfiguration) -> any DatabaseDriver
}

extension DatabaseEngine {
  /// False: the engine's logins send no password, or need TLS.
  package var pinsServerKeys: Bool { false }

  /// None.
  package var libraryVariables: [String] { [] }

  /// The configured name of a database as the driver expects it: an embedded engine's name is the path of its file.
  package func databaseName(_ name: String) -> String {
    guard case .file(let suffix) = location, !name.hasSuffix(suffix) else { return name }
    return name + suffix
  }
}
