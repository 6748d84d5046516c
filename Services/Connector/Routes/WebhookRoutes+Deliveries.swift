import DataAccess
import HTTP
import JSON
import Routing
import Schema
import Service

/// A webhook's deliveries, a test, and its secret.
extension WebhookRoutes {
  func deliveries(_ request: Request, _ context: RequestContext) async throws -> Response {
    let webhook = try await own(context)
    let page = try PageRequest(request)
    let found = try await webhooks.deliveries(of: webhook.id, after: page.cursor, limit: page.limit)
    return try .page(found, for: request, limit: page.limit)
  }

  func redeliver(_ request: Request, _ context: RequestContext) async throws -> Response {
    let webhook = try await active(context)
    let id = try context.parameters.integer("delivery_id")
    let due = try await webhooks.redeliver(id, of: webhook.id, once(request, context))
    guard let due else { throw Problem.notFound() }
    return try .json(due.item(of: "deliveries"), status: .accepted)
  }

  func test(_ request: Request, _ context: RequestContext) async throws -> Response {
    let webhook = try await active(context)
    let requested = try await webhooks.requestTest(
      of: webhook, by: EventAuthor(context, request), once(request, context))
    guard let requested else { throw Problem.notFound() }
    return try .json(Requested(type: requested.item(of: "tests")), status: .accepted)
  }

  /// What makes an action of the user happen once for each `Idempotency-Key`.
  private func once(_ request: Request, _ context: RequestContext) throws(Problem) -> OwnedCreation {
    OwnedCreation(
      ownerID: try context.requirePrincipal().userID, key: try IdempotencyKey(request), now: currentTime())
  }

  func rotateSecret(_ request: Request, _ context: RequestContext) async throws -> Response {
    let principal = try context.requirePrincipal()
    let webhook = try await own(context)
    guard let stored = try await webhooks.storedSecret(id: webhook.id, of: principal.userID) else {
      throw Problem.notFound()
    }
    let made = try secrets.rotatedSecret(from: stored, ownerID: principal.userID, at: currentTime())
    let replaced = try await webhooks.replaceSecret(
      of: webhook.id, from: stored, to: made.sealed, by: EventAuthor(context, request),
      once(request, context))
    guard let replaced else { throw Problem.conflict("another request has changed the secret: try again") }
    let secret = try secrets.open(replaced.item(of: "secrets"), ownerID: principal.userID)
    // The rotation has changed the webhook, and a repeated request gets the same answer.
    let present = try await own(context)
    var response = try Response.json(Registered(webhook: present, secret: secret))
    response.headers.set("Cache-Control", "no-store")
    return response
  }

  private struct Requested: Encodable {
    let type: String
  }

  /// The webhook of the request, if something is sent to it.
  private func active(_ context: RequestContext) async throws -> Webhook {
    let webhook = try await own(context)
    guard webhook.active else {
      throw Problem.conflict("the webhook is switched off: set active to true first")
    }
    return webhook
  }

  func addDeliveries(to router: inout Router) {
    router.get(
      "/v1/webhooks/{id}/deliveries", summary: "The results of its deliveries", access: .signedIn,
      query: PageRequest.parameters, answer: Answer(.ok, .page(ConnectorShapes.delivery)), handler: deliveries
    )
    router.post(
      "/v1/webhooks/{id}/deliveries/{delivery_id}/redeliver", summary: "Send a delivery again",
      access: .signedIn, answer: Answer(.accepted, ConnectorShapes.delivery), problems: [.conflict],
      traits: .idempotent, handler: redeliver)
    router.post(
      "/v1/webhooks/{id}/test", summary: "Send a test event to the webhook", access: .signedIn,
      answer: Answer(.accepted, ConnectorShapes.requested), problems: [.conflict],
      traits: .idempotent, handler: test)
    router.post(
      "/v1/webhooks/{id}/rotate-secret",
      summary: "Replace the secret; both sign for a day, and the answer contains the new one once",
      access: .signedIn, answer: Answer(.ok, ConnectorShapes.registeredWebhook), problems: [.conflict],
      traits: .idempotent, handler: rotateSecret)
  }
}
