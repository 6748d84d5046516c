import Service

/// The values of `ROLE`.
enum Role: String, CaseIterable, Sendable {
  case rollup
}

@main
struct Main {
  static func main() {
    ServiceMain.run("analytics") { environment in
      switch environment.optionalChoice("ROLE", of: Role.self) {
      case .rollup: RollupService(reading: &environment)
      case nil: Analytics()
      }
    }
  }
}
