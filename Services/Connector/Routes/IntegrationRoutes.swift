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
    let body = try await request.decode(New.self)
    var fields = FieldChecks()
    let provider = try fields.check {
      try ConnectorRules.text(
        body.provider, named: "provider", maximumBytes: ConnectorRules.maximumProviderBytes)
    }
    let account = try fields.check {
      try ConnectorRules.text(
        body.externalAccount, named: "external_account", maximumBytes: ConnectorRules.maximumAccountBytes)
    }
    let config = try fields.check { try Self.document(body.config ?? .object([:])) }
    guard let provider, let account, let config else { throw fields.problem }
    let creation = try await integrations.create(
      ownerID: principal.userID, provider: provider, externalAccount: account, config: config,
      key: try IdempotencyKey(request), by: EventAuthor(context, request), at: currentTime())
    let made = try creation.item(
      of: "integrations", limit: ConnectorRules.maximumIntegrations,
      taken: "this account is already connected")
    return try .created(made, location: "/v1/integrations/\(made.id)", tag: EntityTag.of(made))
  }

  private static func document(_ value: JSONValue) throws -> JSONText {
    try JSONText(value, limit: ConnectorRules.maximumDocumentBytes, field: "config")
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
    return try .read(found, for: request)
  }

  func update(_ request: Request, _ context: RequestContext) async throws -> Response {
    let principal = try context.requirePrincipal()
    let id = try context.parameters.integer("id")
    let patch = try await request.decode(Patch.self)
    let changes = IntegrationChanges(
      status: try patch.status.map(ConnectorRules.status),
      config: try patch.config.map(Self.document))
    guard !changes.isEmpty else { throw Problem.nothingToChange }
    let change = try await integrations.update(
      id: id, of: principal.userID, changes, if: Precondition(request), by: EventAuthor(context, request),
      at: currentTime())
    return try .tagged(change.item())
  }

  func delete(_ request: Request, _ context: RequestContext) async throws -> Response {
    let principal = try context.requirePrincipal()
    let id = try context.parameters.integer("id")
    let removal = try await integrations.delete(
      id: id, of: principal.userID, if: Precondition(request), by: EventAuthor(context, request),
      at: currentTime())
    try removal.item()
    return .noContent()
  }
}

extension IntegrationRoutes {
  func add(to router: inout Router) {
    router.post(
      "/v1/integrations", summary: "Connect an account", access: .signedIn,
      body: ConnectorShapes.newIntegration, answer: Answer(.created, ConnectorShapes.integration),
      problems: [.conflict], traits: .idempotent, handler: create)
    router.get(
      "/v1/integrations", summary: "One's integrations", access: .signedIn, query: PageRequest.parameters,
      answer: Answer(.ok, .page(ConnectorShapes.integration)), handler: list)
    router.get(
      "/v1/integrations/{id}", summary: "One integration", access: .signedIn,
      answer: Answer(.ok, ConnectorShapes.integration), traits: .conditional, handler: read)
    router.patch(
      "/v1/integrations/{id}", summary: "Change an integration", access: .signedIn,
      body: ConnectorShapes.integrationPatch, answer: Answer(.ok, ConnectorShapes.integration),
      traits: .conditional, handler: update)
    router.delete(
      "/v1/integrations/{id}", summary: "Remove an integration", access: .signedIn, traits: .conditional,
      handler: delete)
  }
}
