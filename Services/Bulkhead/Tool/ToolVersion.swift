import Service

/// The tool bears the version of the fleet.
enum ToolVersion {
  static let current = ServiceVersion.current
}
