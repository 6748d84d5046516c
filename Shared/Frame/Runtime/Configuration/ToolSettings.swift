/// What `bulkhead` alone reads: `ACCESS_MANIFEST` and `CREDENTIALS_DIR`.
package struct ToolSettings: Sendable, Hashable {
  /// The path of the access manifest.
  package var manifestPath: String
  /// The folder with one password file for each account, named after it.
  package var credentialsDirectory: String

  /// Reads both variables.
  package init(reading environment: inout EnvironmentReader) {
    manifestPath = environment.text("ACCESS_MANIFEST", default: "deploy/access.yaml")
    credentialsDirectory = environment.text("CREDENTIALS_DIR", default: ".bulkhead/credentials")
  }
}
