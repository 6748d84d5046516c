import Routing

extension ChannelHandlers {
  func addRoutes(to router: inout Router) {
    router.get("/v1/channels", summary: "The channels of this platform", access: .signedIn, handler: list)
    router.put("/v1/channels/{external_id}", summary: "Store a channel", access: .operators, handler: put)
    router.delete("/v1/channels/{external_id}", summary: "Remove a channel", access: .operators, handler: delete)
  }
}
