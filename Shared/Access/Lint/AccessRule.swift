/// A rule on the manifest: what its rights should not say.
///
/// The parser refuses what no engine can carry out. These rules name what an engine carries out, and a reviewer should
/// not miss. The raw value is the rule's name for operators and documents.
package enum AccessRule: String, Sendable, Hashable, CaseIterable {
  // Grants that do less, or more, than they say.
  case unusableRowScope = "policy-without-grant"
  case hiddenColumnGrant = "hidden-column-grant"
  case rowsByAnotherWay = "rows-by-another-way"
  case writeWithoutRead = "write-without-read"
  case excessiveLevel = "excessive-level"
  // What accounts share.
  case sharedWriters = "shared-writers"
  case readableSecret = "readable-secret"
  case tellingUniqueKey = "telling-unique-key"
  case tellingReference = "telling-reference"
  case nullableRowScope = "nullable-policy"
  case shadowedKeys = "shadowed-keys"
  // Accounts.
  case unusedAccount = "unused-account"
  case tooManyConnections = "too-many-connections"
  // The live database.
  case looseDefiner = "definer-without-search-path"
  case unindexedRowScope = "unindexed-policy"
  // The switches themselves.
  case allowanceWithoutReason = "allowance-without-reason"
  case unusedAllowance = "unused-allowance"

  /// How bad a finding is. Each makes the lint end with exit code 2.
  package enum Severity: String, Sendable, Hashable, CaseIterable {
    /// An account may do more than intended, or a service fails.
    case error
    /// The manifest can mislead its reader, or the engine is slow.
    case warning
  }

  /// How bad a finding of the rule is.
  package var severity: Severity {
    switch self {
    case .unusableRowScope, .rowsByAnotherWay, .writeWithoutRead, .sharedWriters, .readableSecret,
      .tellingUniqueKey,
      .tellingReference, .shadowedKeys, .tooManyConnections, .looseDefiner, .allowanceWithoutReason:
      .error
    case .hiddenColumnGrant, .excessiveLevel, .nullableRowScope, .unusedAccount, .unindexedRowScope,
      .unusedAllowance:
      .warning
    }
  }

  /// Whether an allowance switches the rule off. The rules on allowances themselves stay on.
  package var canBeAllowed: Bool {
    switch self {
    case .allowanceWithoutReason, .unusedAllowance: false
    case .unusableRowScope, .hiddenColumnGrant, .rowsByAnotherWay, .writeWithoutRead, .excessiveLevel,
      .sharedWriters, .readableSecret, .tellingUniqueKey, .tellingReference, .nullableRowScope, .shadowedKeys,
      .unusedAccount,
      .tooManyConnections, .looseDefiner,
      .unindexedRowScope:
      true
    }
  }

  /// The words for operators.
  package var text: AccessRuleText {
    switch self {
    case .unusableRowScope: .unusableRowScope
    case .hiddenColumnGrant: .hiddenColumnGrant
    case .rowsByAnotherWay: .rowsByAnotherWay
    case .writeWithoutRead: .writeWithoutRead
    case .excessiveLevel: .excessiveLevel
    case .sharedWriters: .sharedWriters
    case .readableSecret: .readableSecret
    case .tellingUniqueKey: .tellingUniqueKey
    case .tellingReference: .tellingReference
    case .nullableRowScope: .nullableRowScope
    case .shadowedKeys: .shadowedKeys
    case .unusedAccount: .unusedAccount
    case .tooManyConnections: .tooManyConnections
    case .looseDefiner: .looseDefiner
    case .unindexedRowScope: .unindexedRowScope
    case .allowanceWithoutReason: .allowanceWithoutReason
    case .unusedAllowance: .unusedAllowance
    }
  }
}
