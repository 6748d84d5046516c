/// How a connection to a server is protected in the network.
package enum TLSMode: Sendable, Hashable {
  /// Not encrypted; for loopback only.
  case disable
  /// Encrypted; the server's certificate is not checked.
  case require
  /// Encrypted; an authority in the file (nil: the system's authorities) must have signed the server's certificate,
  /// and the certificate must name the host.
  case verifyFull(authorityFile: String?)

  /// The names of the modes in settings: `DB_TLS`, `CACHE_TLS` and libpq's `sslmode`.
  package enum Name: String, Sendable, Hashable, CaseIterable {
    case disable, require
    case verifyFull = "verify-full"
  }

  /// A mode by its name; only `verify-full` uses the authority file.
  package init(_ name: Name, authorityFile: String?) {
    self =
      switch name {
      case .disable: .disable
      case .require: .require
      case .verifyFull: .verifyFull(authorityFile: authorityFile)
      }
  }

  /// The mode's name in settings.
  package var name: Name {
    switch self {
    case .disable: .disable
    case .require: .require
    case .verifyFull: .verifyFull
    }
  }

  /// The file of authorities, where one is configured.
  package var authorityFile: String? {
    if case .verifyFull(let file) = self { file } else { nil }
  }

  /// The mode without a setting: loopback traffic is not encrypted, and every other server is verified.
  package static func defaultName(for endpoints: [Endpoint]) -> Name {
    endpoints.allSatisfy(\.isLoopback) ? .disable : .verifyFull
  }
}
