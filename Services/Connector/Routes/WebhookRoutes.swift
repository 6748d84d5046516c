import Routing
import Service

extension WebhookHandlers {
  func addRoutes(to router: inout Router) {
    router.post(
      "/v1/webhooks", summary: "Register a webhook; its secret is told once", access: .signedIn,
      body: Self.newShape,
      handler: create)
    router.get(
      "/v1/webhooks", summary: "One's webhooks", access: .signedIn, query: PageRequest.parameters,
      handler: list)
    router.get("/v1/webhooks/{id}", summary: "One webhook", access: .signedIn, handler: read)
    router.patch(
      "/v1/webhooks/{id}", summary: "Change a webhook", access: .signedIn, body: Self.patchShape,
      handler: update)
    router.delete("/v1/webhooks/{id}", summary: "Remove a webhook", access: .signedIn, handler: delete)
    router.get(
      "/v1/webhooks/{id}/deliveries", summary: "What became of its deliveries", access: .signedIn,
      query: PageRequest.parameters,
      handler: deliveries)
  }

  private static let newShape = DataShape.object([
    .init("url", .string), .init("event_types", .list(.string)),
  ])
  private static let patchShape = DataShape.object([
    .init("url", .string, isRequired: false), .init("event_types", .list(.string), isRequired: false),
    .init("active", .boolean, isRequired: false),
  ])
}
