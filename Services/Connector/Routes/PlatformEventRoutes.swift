import Routing

extension PlatformEventHandlers {
  func addRoutes(to router: inout Router) {
    router.post("/v1/platform-events", summary: "An event, signed by the platform", access: .anyone, handler: receive)
  }
}
