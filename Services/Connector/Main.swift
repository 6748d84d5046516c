import Service

@main
struct Main {
  static func main() {
    ServiceMain.run("connector") { environment in
      if let platform = environment.optionalChoice("PLATFORM", of: Platform.self) {
        PlatformTrigger(platform: platform, reading: &environment)
      } else {
        Connector(reading: &environment)
      }
    }
  }
}
