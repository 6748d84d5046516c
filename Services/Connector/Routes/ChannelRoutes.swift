import Routing
import Service

extension ChannelHandlers {
  func addRoutes(to router: inout Router) {
    router.get(
      "/v1/channels", summary: "The channels of this platform", access: .signedIn,
      query: PageRequest.parameters,
      handler: list)
    router.put(
      "/v1/channels/{external_id}", summary: "Store a channel", access: .operators, body: Self.newShape,
      handler: put)
    router.delete(
      "/v1/channels/{external_id}", summary: "Remove a channel", access: .operators, handler: delete)
  }

  private static let newShape = DataShape.object([
    .init("channel", .string), .init("settings", .anything, isRequired: false),
  ])
}
