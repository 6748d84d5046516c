import Service

/// The values of `ROLE`.
enum ProcessRole: String, CaseIterable, Sendable {
  case rollup
}

@main
struct Main {
  static func main() {
    ServiceMain.run("analytics") { environment in
      switch environment.optionalChoice("ROLE", of: ProcessRole.self) {
      case .rollup: RollupService(reading: &environment)
      case nil: Analytics()
      }
    }
  }
}
