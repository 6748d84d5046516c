import CPostgres
import Glibc

/// How a connection keeps its password from a server that demands it in clear text or as an MD5 digest.
enum LoginProtection: Equatable {
  /// There is no password to protect.
  case none
  /// libpq checks the method: its version has `require_auth`.
  case required
  /// ``LoginGuard`` checks the method.
  case guarded
  /// TLS without a checked identity, and an older libpq: only SCRAM bound to the TLS channel sends no password.
  case bound
  /// TLS with a checked identity, and an older libpq: the server is the configured one, and gets what it demands.
  case identified

  /// The reason of a refused login.
  static let refusal =
    "the server requests another proof than SCRAM (the password in clear text, its MD5 digest, or a method of its "
    + "own), and this program gives no other: use scram-sha-256 in pg_hba.conf, and set the account's password anew"

  /// The parameters for libpq.
  var parameters: [(name: String, value: String)] {
    switch self {
    case .required: [("require_auth", "scram-sha-256,none")]
    case .bound: [("channel_binding", "require")]
    case .none, .guarded, .identified: []
    }
  }

  /// Whether this libpq has `require_auth`.
  static let libraryChecks: Bool = {
    guard let options = PQconndefaults() else { return false }
    defer { PQconninfoFree(options) }
    var option = options
    while let keyword = option.pointee.keyword {
      if strcmp(keyword, "require_auth") == 0 { return true }
      option += 1
    }
    return false
  }()
}
