import Routing

extension SettingHandlers {
  func addRoutes(to router: inout Router) {
    router.get("/v1/settings", summary: "All settings of the user", access: .signedIn, handler: list)
    router.get(
      "/v1/settings/{name}", summary: "One setting, with its ETag", access: .signedIn,
      problems: [.preconditionFailed], handler: read)
    router.put(
      "/v1/settings/{name}", summary: "Store a setting (If-Match)", access: .signedIn, body: Self.valueShape,
      problems: [.preconditionFailed],
      handler: put)
    router.delete(
      "/v1/settings/{name}", summary: "Remove a setting (If-Match)", access: .signedIn,
      problems: [.preconditionFailed], handler: delete)
  }

  private static let valueShape = DataShape.object([.init("value", .anything)])
}
