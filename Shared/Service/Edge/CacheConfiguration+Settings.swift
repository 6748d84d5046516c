import Cache
import Runtime

extension CacheConfiguration {
  /// What the environment said, in the terms of the cache module.
  public init(_ settings: CacheSettings) {
    self.init(
      kind: Kind(settings.kind), host: settings.host.host, port: settings.host.port, user: settings.user,
      password: settings.password, tls: TLSMode(settings))
  }
}

extension CacheConfiguration.Kind {
  fileprivate init(_ name: CacheKindName) {
    self =
      switch name {
      case .redis: .redis
      case .memory: .memory
      }
  }
}

extension CacheConfiguration.TLSMode {
  fileprivate init(_ settings: CacheSettings) {
    self =
      switch settings.security {
      case .disable: .disable
      case .require: .require
      case .verifyFull: .verifyFull(caFile: settings.authorityFile)
      }
  }
}
