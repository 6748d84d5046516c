import Service

@main
struct Main {
  static func main() {
    ServiceMain.run("backend-api") { environment in BackendAPI(reading: &environment) }
  }
}
