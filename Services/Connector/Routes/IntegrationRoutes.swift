import Routing
import Service

extension IntegrationHandlers {
  func addRoutes(to router: inout Router) {
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
