import AccessManifest
import DataAccess

/// What a database has beside the manifest, found in it before the proof: objects that others made, and their roles.
package struct DatabaseSurvey: Sendable {
  /// The attempts of each account on the objects.
  package var attempts: [String: [EscapeAttempts.Attempt]] = [:]
  /// The tables that run code of an account when another account writes them, each with that account. The proof leaves
  /// them out, because it writes as every account, and names them.
  package var tablesWithCode: [String: String] = [:]
  /// The logins outside of the manifest that reach more than their own objects; they try to log in without a password.
  package var logins: [String] = []

  /// Whether the proof may log in with wrong passwords: not where they block accounts soon.
  package var admitsWrongPasswords = true
  /// Why it may not, unless the manifest accepts that; a failure of the proof, because it shows less then.
  package var reasonAgainstWrongPasswords: String?

  /// Creates a survey.
  package init() {}

  /// Reads a survey as the administrator. `bystander` is a session of the administrator that stays open and idle during
  /// the proof: a harmless target of signals.
  package typealias Reader =
    @Sendable (_ administrator: Database, _ bystander: Session, _ manifest: AccessManifest)
    async throws(DatabaseError) -> DatabaseSurvey
}
