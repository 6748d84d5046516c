import AccessManifest
import Cryptography
import Encoding
import Foundation
import Schema
import Service

/// What the page is about: the engines, the manifest, and the names to choose from.
struct OverviewAnswer: Encodable {
  struct Table: Encodable {
    let name: String
    let columns: [String]
  }

  let version: String
  let database: String
  let cache: String?
  let manifest: String
  let changes: Bool
  let accounts: [String]
  let tables: [Table]

  init(_ context: FleetContext, allowsChanges: Bool) {
    version = ServiceVersion.current
    database = context.database.reportName
    cache = context.manifest.administrators.hasCache ? context.cacheAdministration.reportName : nil
    manifest = context.tool.settings.manifestPath
    changes = allowsChanges
    accounts = context.manifest.databaseAccounts.map(\.name)
    tables = context.manifest.tables.map { Table(name: $0.name, columns: $0.columns.map(\.name)) }
  }
}

/// Whether the manifest's file has changed since the console read it. The console goes on with what it read.
struct ManifestWatch: Sendable {
  private let path: String
  private let digest: [UInt8]

  init(path: String) {
    self.path = path
    digest = Self.digest(of: path)
  }

  var isChanged: Bool { Self.digest(of: path) != digest }

  private static func digest(of path: String) -> [UInt8] {
    SHA256.hash([UInt8]((try? Data(contentsOf: URL(fileURLWithPath: path))) ?? Data()))
  }
}

/// The manifest in words: what each account may do, and the line that says so.
struct RightsAnswer: Encodable {
  struct Account: Encodable {
    let name: String
    let service: String
    let level: String
    let rights: [ExplainedRight]
  }

  let manifest: String
  let accounts: [Account]

  init(_ context: FleetContext) {
    let declared = context.manifest
    manifest = context.tool.settings.manifestPath
    accounts =
      declared.databaseAccounts.map { account in
        let rights = ExplainedRight.all(of: account, on: nil, in: declared).filter(\.isAllowed)
        return Account(
          name: account.name, service: account.service, level: account.level.rawValue, rights: rights)
      }
      + declared.cacheAccounts.map { account in
        Account(
          name: account.name, service: account.service, level: "cache",
          rights: ExplainedRight.all(of: account))
      }
  }
}
