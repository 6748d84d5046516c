import DataAccess
import Synchronization

/// The kinds of servers that the driver speaks to. Reports name them; no statement depends on the name.
enum ServerFamily: UInt8, AtomicRepresentable {
  /// No server has answered yet.
  case unknown, mariaDB, mySQL

  /// The name in reports.
  var name: String {
    switch self {
    case .unknown: "MariaDB or MySQL"
    case .mariaDB: "MariaDB"
    case .mySQL: "MySQL"
    }
  }

  /// The dialect with that name.
  var dialect: Dialect {
    switch self {
    case .unknown: .mariaDB
    case .mariaDB: Self.dialectOfMariaDB
    case .mySQL: Self.dialectOfMySQL
    }
  }

  private static let dialectOfMariaDB = named(.mariaDB)
  private static let dialectOfMySQL = named(.mySQL)

  private static func named(_ family: ServerFamily) -> Dialect {
    var dialect = Dialect.mariaDB
    dialect.engineName = family.name
    return dialect
  }

  /// The kind of the server that a driver has reached last.
  final class Last: Sendable {
    private let family = Atomic(ServerFamily.unknown)

    var value: ServerFamily { family.load(ordering: .relaxed) }

    func note(_ found: ServerFamily) { family.store(found, ordering: .relaxed) }
  }
}
