import DataAccess
import HTTP
import JSON
import Routing
import Schema
import Service

/// The integrations of the signed-in user.
struct IntegrationRoutes: Sendable {
  let integrations: IntegrationRepository
  let currentTime: @Sendable () -> Timestamp

  struct New: Decodable {
    let provider: String
    let externalAccount: String
    let config: JSONValue?

    enum CodingKeys: String, CodingKey {
      case provider, config
      case externalAccount = "external_account"
    }
  }

  struct Patch: Decodable {
    let status: String?
    let config: JSONValue?
  }

  func create(_ request: Request, _ context: RequestContext) async throws -> Response {
    let principal = try context.requirePrincipal()
    let body = try request.decode(New.self)
    let provider = try ConnectorRules.text(
      body.provider, named: "provider", maximumBytes: ConnectorRules.maximumProviderBytes)
    let account = try ConnectorRules.text(
      body.externalAccount, named: "external_account", maximumBytes: ConnectorRules.maximumAccountBytes)
    let config = try JSONText(body.config ?? .object([:]), limit: ConnectorRules.maximumDocumentBytes)
    let creation = try await integrations.create(
      ownerID: principal.userID, provider: provider, externalAccount: account, config: config,
      key: try IdempotencyKey(request), by: EventAuthor(context, request), at: currentTime())
    let made = try creation.item(of: "integrations", taken: "this account is already connected")
    return try .created(made, location: "/v1/integrations/\(made.id)")
  }

  func list(_ request: Request, _ context: RequestContext) async throws -> Response {
    let principal = try context.requirePrincipal()
    let page = try PageRequest(request)
    let found = try await integrations.integrations(
      of: principal.userID, after: page.cursor, limit: page.limit)
    return try .page(found, for: request, limit: page.limit)
  }

  func read(_ request: Request, _ context: RequestContext) async throws -> Response {
    let principal = try context.requirePrincipal()
    let id = try context.parameters.integer("id")
    guard let found = try await integrations.integration(id: id, of: principal.userID) else {
      throw Problem.notFound()
    }
    return try .json(found)
  }

  func update(_ request: Request, _ context: RequestContext) async throws -> Response {
    let principal = try context.requirePrincipal()
    let id = try context.parameters.integer("id")
    let patch = try request.decode(Patch.self)
    let changes = IntegrationChanges(
      status: try patch.status.map(ConnectorRules.status),
      config: try patch.config.map { try JSONText($0, limit: ConnectorRules.maximumDocumentBytes) })
    guard !changes.isEmpty else { throw Problem.unprocessable("the request changes no field") }
    let changed = try await integrations.update(
      id: id, of: principal.userID, changes, by: EventAuthor(context, request), at: currentTime())
    guard let changed else { throw Problem.notFound() }
    return try .json(changed)
  }

  func delete(_ request: Request, _ context: RequestContext) async throws -> Response {
    let principal = try context.requirePrincipal()
    let id = try context.parameters.integer("id")
    let removed = try await integrations.delete(
      id: id, of: principal.userID, by: EventAuthor(context, request), at: currentTime())
    guard removed else { throw Problem.notFound() }
    return .noContent()
  }
}

extension IntegrationRoutes {
  func add(to router: inout Router) {
    router.post(
      "/v1/integrations", summary: "Connect an account", access: .signedIn, body: Self.newShape,
      problems: [.conflict],
      handler: create)
    router.get(
      "/v1/integrations", summary: "One's integrations", access: .signedIn, query: PageRequest.parameters,
      handler: list)
    router.get("/v1/integrations/{id}", summary: "One integration", access: .signedIn, handler: read)
    router.patch(
      "/v1/integrations/{id}", summary: "Change an integration", access: .signedIn, body: Self.patchShape,
      handler: update)
    router.delete(
      "/v1/integrations/{id}", summary: "Remove an integration", access: .signedIn, handler: delete)
  }

  private static let newShape = DataShape.object([
    .init("provider", .string), .init("external_account", .string),
    .init("config", .anything, isRequired: false),
  ])
  private static let patchShape = DataShape.object([
    .init("status", .choice(Integration.statuses), isRequired: false),
    .init("config", .anything, isRequired: false),
  ])
}
