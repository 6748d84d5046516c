import Routing

extension IntegrationHandlers {
  func addRoutes(to router: inout Router) {
    router.post("/v1/integrations", summary: "Connect an account", access: .signedIn, handler: create)
    router.get("/v1/integrations", summary: "One's integrations", access: .signedIn, handler: list)
    router.get("/v1/integrations/{id}", summary: "One integration", access: .signedIn, handler: read)
    router.patch("/v1/integrations/{id}", summary: "Change an integration", access: .signedIn, handler: update)
    router.delete("/v1/integrations/{id}", summary: "Remove an integration", access: .signedIn, handler: delete)
  }
}
