import Runtime
import Testing

@testable import bulkhead

@Suite struct ToolSettingsTests {
  @Test func `the paths of manifest and credentials have defaults`() {
    var environment = EnvironmentReader(variables: [:]) { _ in "" }
    let settings = ToolSettings(reading: &environment)
    #expect(settings.manifestPath == "deploy/access.yaml")
    #expect(settings.credentialsDirectory == ".bulkhead/credentials")
  }
}
