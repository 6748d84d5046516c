import HTTP
import JSON
import Routing
import Runtime

/// `GET /v1/whoami`: the service and its accounts.
struct WhoamiRoute: Sendable {
  private struct Identity: Encodable, Sendable {
    let service: String
    let version: String
    let databaseAccount: String
    let cacheAccount: String
    let engine: String

    enum CodingKeys: String, CodingKey {
      case service, version, engine
      case databaseAccount = "database_account"
      case cacheAccount = "cache_account"
    }
  }

  private static let shape = DataShape.object(
    ["service", "version", "database_account", "cache_account", "engine"].map { DataShape.Field($0, .string) }
  )

  private let response: Response

  init(_ configuration: ServiceConfiguration) throws {
    response = try .json(
      Identity(
        service: configuration.name, version: ServiceVersion.current,
        databaseAccount: configuration.database.configuration.user,
        cacheAccount: configuration.cache.configuration.user,
        engine: configuration.database.engine.name))
  }

  func add(to router: inout Router) {
    router.get(
      "/v1/whoami", summary: "This service and its accounts", access: .signedIn,
      answer: Answer(.ok, Self.shape)
    ) { [response] _, _ in response }
  }
}
