import DataAccess
import Runtime

extension DatabaseConfiguration {
  /// What the environment said, in the terms of the data-access module.
  public init(_ settings: DatabaseSettings) {
    self.init(
      hosts: settings.hosts.map { Host(name: $0.host, port: $0.port) }, name: settings.name,
      user: settings.user,
      password: settings.password, tls: TLSMode(settings), poolSize: settings.poolSize,
      maximumRetries: settings.maximumRetries, retryDelaySeconds: settings.retryDelaySeconds)
  }
}

extension TLSMode {
  fileprivate init(_ settings: DatabaseSettings) {
    self =
      switch settings.security {
      case .disable: .disable
      case .require: .require
      case .verifyFull: .verifyFull(caFile: settings.authorityFile)
      }
  }
}
