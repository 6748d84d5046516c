import Routing

extension WebhookHandlers {
  func addRoutes(to router: inout Router) {
    router.post("/v1/webhooks", summary: "Register a webhook; its secret is told once", access: .signedIn, handler: create)
    router.get("/v1/webhooks", summary: "One's webhooks", access: .signedIn, handler: list)
    router.get("/v1/webhooks/{id}", summary: "One webhook", access: .signedIn, handler: read)
    router.patch("/v1/webhooks/{id}", summary: "Change a webhook", access: .signedIn, handler: update)
    router.delete("/v1/webhooks/{id}", summary: "Remove a webhook", access: .signedIn, handler: delete)
    router.get("/v1/webhooks/{id}/deliveries", summary: "What became of its deliveries", access: .signedIn, handler: deliveries)
  }
}
