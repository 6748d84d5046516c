import Foundation
import Runtime
import TestSupport
import Testing

@Suite("Names of settings") struct SettingNamesTests {
  private func warnings(_ variables: [String: String]) -> [String] {
    var environment = EnvironmentReader(variables: variables) { _ in "" }
    environment.warnOfUnknownNames()
    return environment.warnings.map(\.description)
  }

  @Test(arguments: [
    ("HTTP_MAX_CONECTIONS", "HTTP_MAX_CONNECTIONS"), ("DB_PASSWORD_FILE", "DB_PASS_FILE"),
    ("HTPP_PORT", "HTTP_PORT"), ("SHUTDOWN_TIMOUT", "SHUTDOWN_TIMEOUT"),
    ("CACHE_PASS_FIEL", "CACHE_PASS_FILE"),
    ("LOG_LEVL", "LOG_LEVEL"), ("PLATFROM_SECRET", "PLATFORM_SECRET"),
  ])
  func `a misspelt setting is a warning with the nearest name, and without the value`(
    _ variable: String, _ nearest: String
  ) {
    #expect(
      warnings([variable: "hunter2"])
        == ["\(variable): is no setting of the fleet, and has no effect; the nearest one is \(nearest)"])
  }

  @Test func `a name with a beginning of the fleet's and no near one is a warning alone`() {
    #expect(warnings(["DB_X": "1"]) == ["DB_X: is no setting of the fleet, and has no effect"])
  }

  @Test(arguments: [
    "HTTP_PORT", "HTTP_PORT_FILE", "DB_CA_FILE", "HOME", "PATH", "ROLES", "HTTP_PROXY", "http_port",
    "LOGNAME",
    "DB_SERVICE_HOST", "DB_PORT_5432_TCP", "DB_PORT_5432_TCP_ADDR", "CACHE_SERVICE_PORT_REDIS", "JWKS_URL",
    "BACKEND_API_PORT", "XDG_RUNTIME_DIR",
  ])
  func `a setting, and a variable of another program, is no warning`(_ variable: String) {
    #expect(warnings([variable: "x"]) == [])
  }

  @Test func `a variable without a value is no warning`() {
    #expect(warnings(["HTTP_MAX_CONECTIONS": ""]) == [])
  }

  @Test func `the names are those that the page of settings documents`() throws {
    let page = try String(contentsOfFile: Checkout.path("docs/settings.md"), encoding: .utf8)
    let cells = page.split(separator: "\n").filter { $0.hasPrefix("| `") }
      .compactMap { $0.split(separator: "|").first }
    let names = cells.flatMap { cell in
      cell.split(separator: "`", omittingEmptySubsequences: false).enumerated()
        .filter { $0.offset % 2 == 1 }.map { String($0.element) }
    }
    #expect(Set(names).symmetricDifference(SettingNames.all).sorted() == [])
  }
}
