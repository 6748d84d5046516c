/// The version that all programs of a checkout share; `--version`, `whoami` and the OpenAPI document show it.
public enum ServiceVersion {
  /// Semantic versioning; CHANGELOG.md has the history.
  public static let current = "0.1.0"
}
