/// The version that all programs of a checkout share; `--version`, `whoami` and the OpenAPI document show it.
package enum ServiceVersion {
  /// Semantic versioning; CHANGELOG.md has the history.
  package static let current = "0.1.0"
}
