import AccessPlanning

/// A setting of a server that an administrator made for other clients, and with which the fleet fails.
enum ServerSetting: Hashable {
  /// The definitions, accounts and rights that a client changes stay on this node of a Galera cluster.
  case changesOneNode
  /// The binary log keeps statements, so every write of the services fails.
  case logsStatements
  /// These plugins check each new password, and refuse a hash, which they cannot check.
  case refusesHashes(by: [String])
  /// The server runs this at each login of a service.
  case runsAtLogin(String)
}

extension ServerSetting {
  /// The privilege of the finding, and how the manifest accepts it.
  var name: String {
    switch self {
    case .changesOneNode: "WSREP_OSU_METHOD"
    case .logsStatements: "BINLOG_FORMAT"
    case .refusesHashes: "STRICT_PASSWORD_VALIDATION"
    case .runsAtLogin: "INIT_CONNECT"
    }
  }

  /// Whether it may be in order: nothing shows whether the statements at a login fail.
  var isRemark: Bool {
    switch self {
    case .runsAtLogin: true
    case .changesOneNode, .logsStatements, .refusesHashes: false
    }
  }

  /// The setting, what it does to the fleet, and what an operator does about it.
  var message: String {
    switch self {
    case .changesOneNode:
      "wsrep_OSU_method is RSU, so what clients change of tables, accounts and rights stays on one node, and the cluster "
        + "then votes nodes out (sessions of this fleet set TOI): run as the superuser, on each node: SET GLOBAL "
        + "wsrep_OSU_method = 'TOI'"
    case .logsStatements:
      "the binary log keeps statements (binlog_format = STATEMENT), so every write of the services fails (error 1665), and "
        + "they are not ready: set binlog_format = ROW in the server's configuration, and run as the superuser: SET GLOBAL "
        + "binlog_format = 'ROW'"
    case .refusesHashes(let plugins):
      "the server checks passwords by \(plugins.joined(separator: ", ")) and refuses every hash "
        + "(strict_password_validation), and the tool sends no password itself: no account gets a credential. Run as the "
        + "superuser: SET GLOBAL strict_password_validation = OFF; or accept `\(name)`"
    case .runsAtLogin(let statements):
      "the server runs at each login of a service: \(statements). Where that fails, the service has no session (error "
        + "1184); prove signs in as each account"
    }
  }
}

extension ServerSetting {
  /// Throws where a server among those with these settings refuses hashes: a run that finds out in its middle has locked
  /// accounts by then.
  static func requireHashes(in settings: [ServerSetting]) throws(AccessError) {
    guard let refusal = settings.first(where: \.keepsHashesOut) else { return }
    throw .unsupported("\(refusal.message). Nothing was changed")
  }

  private var keepsHashesOut: Bool {
    switch self {
    case .refusesHashes: true
    case .changesOneNode, .logsStatements, .runsAtLogin: false
    }
  }
}
