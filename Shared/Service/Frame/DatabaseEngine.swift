import DataAccess
import Runtime

/// An engine that a service was built with: the value of `DB_TYPE` that asks for it, and how its driver is made.
public struct DatabaseEngine: Sendable {
  /// What `DB_TYPE` says.
  public let name: DatabaseEngineName
  /// Makes the driver.
  public let makeDriver: @Sendable (DatabaseConfiguration) -> any DatabaseDriver

  /// Names an engine; see `Composition.swift` of the services, the only places that do.
  public init(
    _ name: DatabaseEngineName, makeDriver: @escaping @Sendable (DatabaseConfiguration) -> any DatabaseDriver
  ) {
    self.name = name
    self.makeDriver = makeDriver
  }
}
