import Service

@main
struct Main {
  static func main() {
    ServiceMain.run("backend-api") { _ in BackendAPI() }
  }
}
