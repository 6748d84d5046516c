import AccessPlanning

/// One difference between a database and the manifest.
package enum PostgresDifference: Sendable, Hashable {
  /// The migrations have not created the table yet.
  case tableMissing(String)
  case roleMissing(String, PostgresRole)
  case attribute(role: String, word: String, declared: Bool)
  case passwordExpires(role: String)
  case connectionLimit(role: String, declared: Int, actual: Int)
  case setting(role: String, name: String, declared: String?, actual: String?)
  case databaseSetting(role: String, name: String, actual: String)
  case settingOfEveryone(PostgresSetting)
  /// A superuser that the manifest does not list; no grant or policy restricts it.
  case superuser(String)
  case attachment(PostgresAttachment)
  case membershipExcess(PostgresMembership)
  case membershipMissing(PostgresMembership)
  case owner(PostgresObject, declared: String, actual: String)
  case rowSecurity(table: String, declared: RowSecurity, actual: RowSecurity)
  case policyExcess(PostgresPolicy)
  case policyMissing(PostgresPolicy)
  case policyDifferent(declared: PostgresPolicy, actual: PostgresPolicy)
  case privilegeExcess(PostgresPrivilege)
  case privilegeMissing(PostgresPrivilege)
  case credential(account: String, CredentialState)
}
