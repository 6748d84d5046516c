import Secrets

/// The passwords of accounts in an engine, as a rotation changes them.
package protocol AccountPasswords: Sendable {
  /// The engine's name in reports.
  var name: String { get }

  /// Whether a rotation gives the engine two passwords of an account until its last step.
  ///
  /// Only for an engine whose sessions can all be ended then: as long as it accepts the former password, sessions of that
  /// one begin. So every session counts as older than the ``moment()``, which lies before.
  var keepsTwo: Bool { get }

  /// Makes the engine accept exactly these passwords for `account`: one, or two where it ``keepsTwo``.
  func set(_ passwords: [Secret], of account: String) async throws(AccessError)

  /// The engine's response to a login with the password.
  func response(to password: Secret, of account: String) async throws(AccessError) -> CredentialState

  /// A mark of the present moment, by which the engine tells older sessions from newer ones.
  func moment() async throws(AccessError) -> Int64

  /// The sessions of `account` that are older than the moment, without the caller's own.
  func sessions(of account: String, before moment: Int64) async throws(AccessError) -> Int

  /// Ends those sessions.
  func endSessions(of account: String, before moment: Int64) async throws(AccessError)

  /// Why sessions of an account could live on for ever after its password changed, and what to do about it; nil where the
  /// engine shows and ends all of them.
  func obstacle() async throws(AccessError) -> String?

  /// The servers that have the accounts too, with passwords of their own that no change here reaches: `the replica
  /// 10.0.0.2:6379`.
  func otherServers() async throws(AccessError) -> [String]

  /// Makes the changes outlive a restart of the engine. Returns why it did not; nil where it did.
  func save() async throws(AccessError) -> String?
}

extension AccountPasswords {
  /// Nothing is in the way.
  package func obstacle() async throws(AccessError) -> String? { nil }

  /// There is none.
  package func otherServers() async throws(AccessError) -> [String] { [] }
}
