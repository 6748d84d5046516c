/// The committed row with which one run of migrations excludes every other one.
///
/// The row names the run by a random token. A session of the run renews it. Another run removes it when that session has
/// ended, or, where it cannot see the session, when it has watched the row for some time without a renewal. No two clocks
/// are compared. An account that has no right on the claim's table cannot hold up a run.
package struct MigrationClaim: Sendable, Hashable {
  /// The table that holds the row.
  package let table: String
  /// Statements with which the session of the claim starts.
  package let settings: [String]
  /// Creates the table when it is missing.
  package let createTable: String
  /// Marks the session as alive; the token stands in the place of ``tokenMark``.
  package let mark: String
  /// A select of each claim: its token, the text of its last renewal, and 1 where its run has ended, 0 where the run is
  /// alive, NULL where the session cannot be seen.
  package let others: String
  /// Removes the claim of a token.
  package let remove: String
  /// Claims for a token; a unique violation means that another run has the claim.
  package let take: String
  /// Renews the claim of a token; changes no row when another run has removed it.
  package let renew: String
  /// A select of one text for the run that has the claim.
  package let holder: String

  /// Stands for the token in the statements.
  package static let tokenMark = "%TOKEN%"
  /// How often the session renews the row.
  package static let renewalSeconds = 5
  /// After this time without a renewal, by the clock of the run that waits, a run whose session cannot be seen counts as
  /// ended. It is less than a run waits for the lock by default.
  package static let expirySeconds = 45

  /// Every part is required.
  package init(
    table: String, settings: [String], createTable: String, mark: String, others: String, remove: String,
    take: String, renew: String, holder: String
  ) {
    self.table = table
    self.settings = settings
    self.createTable = createTable
    self.mark = mark
    self.others = others
    self.remove = remove
    self.take = take
    self.renew = renew
    self.holder = holder
  }
}
