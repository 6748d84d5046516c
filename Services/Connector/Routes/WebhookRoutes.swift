import DataAccess
import HTTP
import JSON
import Routing
import Schema
import Service

/// The webhooks of the signed-in user, with their deliveries.
struct WebhookRoutes: Sendable {
  let webhooks: WebhookRepository
  let secrets: WebhookSecretBox
  let targets: WebhookTargets
  let currentTime: @Sendable () -> Timestamp

  struct New: Decodable {
    let url: String
    let eventTypes: [String]

    enum CodingKeys: String, CodingKey {
      case url
      case eventTypes = "event_types"
    }
  }

  struct Patch: Decodable {
    let url: String?
    let eventTypes: [String]?
    let active: Bool?

    enum CodingKeys: String, CodingKey {
      case url, active
      case eventTypes = "event_types"
    }
  }

  /// The answer to a registration and to a rotation, which alone contain the secret.
  struct Registered: Encodable {
    let webhook: Webhook
    let secret: String

    enum CodingKeys: String, CodingKey {
      case secret
    }

    func encode(to encoder: any Encoder) throws {
      try webhook.encode(to: encoder)
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(secret, forKey: .secret)
    }
  }

  func create(_ request: Request, _ context: RequestContext) async throws -> Response {
    let principal = try context.requirePrincipal()
    let body = try await request.decode(New.self)
    let key = try IdempotencyKey(request)
    var fields = FieldChecks()
    let eventTypes = try fields.check { try ConnectorRules.eventTypes(body.eventTypes) }
    let url = try await fields.check(waiting: { try await targets.checked(body.url) })
    guard let eventTypes, let url else { throw fields.problem }
    let secret = try secrets.makeSecret(ownerID: principal.userID)
    let creation = try await webhooks.create(
      ownerID: principal.userID, url: url.text, sealedSecret: secret.sealed, eventTypes: eventTypes, key: key,
      by: EventAuthor(context, request), at: currentTime())
    let made = try creation.item(of: "webhooks", limit: ConnectorRules.maximumWebhooks)
    var text = secret.text
    if case .repeated = creation {
      guard let stored = try await webhooks.storedSecret(id: made.id, of: principal.userID) else {
        throw Problem.idempotentResultRemoved
      }
      text = try secrets.open(stored, ownerID: principal.userID)
    }
    var response = try Response.created(
      Registered(webhook: made, secret: text), location: "/v1/webhooks/\(made.id)", tag: EntityTag.of(made))
    response.headers.set("Cache-Control", "no-store")
    return response
  }

  func list(_ request: Request, _ context: RequestContext) async throws -> Response {
    let principal = try context.requirePrincipal()
    let page = try PageRequest(request)
    let found = try await webhooks.webhooks(of: principal.userID, after: page.cursor, limit: page.limit)
    return try .page(found, for: request, limit: page.limit)
  }

  func read(_ request: Request, _ context: RequestContext) async throws -> Response {
    try .read(try await own(context), for: request)
  }

  func update(_ request: Request, _ context: RequestContext) async throws -> Response {
    let principal = try context.requirePrincipal()
    let id = try context.parameters.integer("id")
    let patch = try await request.decode(Patch.self)
    var changes = WebhookChanges(active: patch.active)
    var fields = FieldChecks()
    if let types = patch.eventTypes {
      changes.eventTypes = try fields.check { try ConnectorRules.eventTypes(types) }
    }
    if let url = patch.url {
      changes.url = try await fields.check(waiting: { try await targets.checked(url).text })
    }
    try fields.finish()
    guard !changes.isEmpty else { throw Problem.nothingToChange }
    let change = try await webhooks.update(
      id: id, of: principal.userID, changes, if: Precondition(request), by: EventAuthor(context, request),
      at: currentTime())
    return try .tagged(change.item())
  }

  func delete(_ request: Request, _ context: RequestContext) async throws -> Response {
    let principal = try context.requirePrincipal()
    let id = try context.parameters.integer("id")
    let removal = try await webhooks.delete(
      id: id, of: principal.userID, if: Precondition(request), by: EventAuthor(context, request),
      at: currentTime())
    try removal.item()
    return .noContent()
  }

  func own(_ context: RequestContext) async throws -> Webhook {
    let principal = try context.requirePrincipal()
    let id = try context.parameters.integer("id")
    guard let found = try await webhooks.webhook(id: id, of: principal.userID) else {
      throw Problem.notFound()
    }
    return found
  }
}

extension WebhookRoutes {
  func add(to router: inout Router) {
    router.post(
      "/v1/webhooks", summary: "Register a webhook; the answer contains its secret once", access: .signedIn,
      body: ConnectorShapes.newWebhook, answer: Answer(.created, ConnectorShapes.registeredWebhook),
      problems: [.conflict], traits: .idempotent, handler: create)
    router.get(
      "/v1/webhooks", summary: "One's webhooks", access: .signedIn, query: PageRequest.parameters,
      answer: Answer(.ok, .page(ConnectorShapes.webhook)), handler: list)
    router.get(
      "/v1/webhooks/{id}", summary: "One webhook", access: .signedIn,
      answer: Answer(.ok, ConnectorShapes.webhook), traits: .conditional, handler: read)
    router.patch(
      "/v1/webhooks/{id}", summary: "Change a webhook", access: .signedIn, body: ConnectorShapes.webhookPatch,
      answer: Answer(.ok, ConnectorShapes.webhook), traits: .conditional, handler: update)
    router.delete(
      "/v1/webhooks/{id}", summary: "Remove a webhook", access: .signedIn, traits: .conditional,
      handler: delete)
    addDeliveries(to: &router)
  }
}
