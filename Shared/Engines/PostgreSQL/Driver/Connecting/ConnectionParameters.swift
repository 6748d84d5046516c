import DataAccess
import Transport

/// What a connection is opened with: the keywords of the libpq manual, "Parameter Key Words".
struct ConnectionParameters {
  let configuration: DatabaseConfiguration
  let applicationName: String

  /// Settings that the text of results depends on, fixed for the session whatever the server's defaults are.
  private static let sessionSettings = [
    "-c TimeZone=UTC", "-c DateStyle=ISO", "-c IntervalStyle=iso_8601", "-c bytea_output=hex",
    "-c extra_float_digits=1", "-c standard_conforming_strings=on",
  ]
  /// A peer that has vanished is noticed after idle + interval x count seconds.
  private static let keepalive = [
    ("keepalives", "1"), ("keepalives_idle", "30"), ("keepalives_interval", "10"), ("keepalives_count", "3"),
  ]
  /// Milliseconds that sent data may stay unacknowledged before the connection counts as lost.
  private static let unacknowledgedMilliseconds = 30_000

  /// The parameters for one of the configured hosts.
  func pairs(for host: Endpoint) -> [(name: String, value: String)] {
    var pairs: [(name: String, value: String)] = [
      ("host", host.host), ("port", String(host.port)), ("dbname", configuration.name),
      ("user", configuration.user), ("password", configuration.password.reveal()),
      ("application_name", applicationName), ("client_encoding", "UTF8"),
      ("options", Self.sessionSettings.joined(separator: " ")),
      ("tcp_user_timeout", String(Self.unacknowledgedMilliseconds)),
      // Without it, libpq tries Kerberos first and reads the user's ticket cache.
      ("gssencmode", "disable"),
      // Never the user's own password file: the account's password is given or there is none.
      ("passfile", "/dev/null"),
    ]
    pairs += Self.keepalive.map { (name: $0.0, value: $0.1) }
    pairs += encryption
    return pairs
  }

  private var encryption: [(name: String, value: String)] {
    switch configuration.tls {
    case .disable: [("sslmode", "disable")]
    case .require: [("sslmode", "require")]
    case .verifyFull(let authorityFile):
      [("sslmode", "verify-full"), ("sslrootcert", authorityFile ?? SystemCertificates.path)]
    }
  }
}

/// The certificate authorities of this machine: libpq before version 16 does not find them by itself.
enum SystemCertificates {
  /// Where Debian's `ca-certificates` keeps them all in one file.
  static let path = "/etc/ssl/certs/ca-certificates.crt"
}
