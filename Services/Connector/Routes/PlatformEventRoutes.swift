import Routing

extension PlatformEventHandlers {
  func addRoutes(to router: inout Router) {
    router.post(
      "/v1/platform-events", summary: "An event, signed by the platform", access: .anyone,
      body: Self.eventShape,
      answer: Answer(.accepted, nil), problems: [.unauthorized, .notFound, .conflict, .serviceUnavailable],
      handler: receive)
  }

  private static let eventShape = DataShape.object([
    .init("type", .string), .init("external_id", .string), .init("data", .anything, isRequired: false),
  ])
}
