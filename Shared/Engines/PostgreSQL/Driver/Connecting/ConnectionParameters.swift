import DataAccess
import Secrets
import Transport

/// The parameters that open a connection: see the libpq manual, "Parameter Key Words".
///
/// Of the parameters that reach the server, PgBouncer accepts these: database, user, `application_name` and
/// `client_encoding`. It refuses `options`; see ``SessionSettings``.
struct ConnectionParameters {
  let configuration: DatabaseConfiguration
  let password: Secret
  let applicationName: String

  /// The kernel detects a vanished peer after idle + interval x count seconds.
  private static let keepalive = [
    ("keepalives", "1"), ("keepalives_idle", "30"), ("keepalives_interval", "10"), ("keepalives_count", "3"),
  ]
  /// How long sent data may stay unacknowledged before the kernel drops the connection.
  private static let unacknowledgedMilliseconds = 30_000

  /// Returns the parameters for one server. The certificate must match the host, also where the address is given.
  func pairs(for server: ServerAddress) -> [(name: String, value: String)] {
    var pairs: [(name: String, value: String)] = [
      ("host", server.host.host), ("port", String(server.host.port)), ("dbname", configuration.name),
      ("user", configuration.user), ("password", password.reveal()),
      ("application_name", applicationName), ("client_encoding", "UTF8"),
      ("tcp_user_timeout", String(Self.unacknowledgedMilliseconds)),
      // Without this, libpq tries Kerberos first and reads the user's ticket cache.
      ("gssencmode", "disable"),
      // Keeps libpq from reading the user's password file; only the configuration supplies a password.
      ("passfile", "/dev/null/none"),
    ]
    if let address = server.address { pairs.append(("hostaddr", address)) }
    pairs += Self.keepalive.map { (name: $0.0, value: $0.1) }
    pairs += encryption
    pairs += protection.parameters
    return pairs
  }

  /// How the password is kept from a server that does not use SCRAM. `libraryChecks`: libpq has `require_auth`.
  func protection(libraryChecks: Bool) -> LoginProtection {
    if password.reveal().isEmpty { return .none }
    if libraryChecks { return .required }
    switch configuration.tls {
    case .disable: return .guarded
    case .require: return .bound
    case .verifyFull: return .identified
    }
  }

  var protection: LoginProtection { protection(libraryChecks: LoginProtection.libraryChecks) }

  private var encryption: [(name: String, value: String)] {
    switch configuration.tls {
    case .disable: [("sslmode", "disable")]
    case .require: [("sslmode", "require")]
    case .verifyFull(let authorityFile):
      [("sslmode", "verify-full"), ("sslrootcert", authorityFile ?? SystemCertificates.path)]
    }
  }
}

/// The certificate authorities of this machine, which libpq before version 16 does not find by itself.
enum SystemCertificates {
  /// The file in which Debian's `ca-certificates` stores all of them.
  static let path = "/etc/ssl/certs/ca-certificates.crt"
}
