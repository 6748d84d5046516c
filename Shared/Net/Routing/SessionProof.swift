import Synchronization

/// The check of a caller's session that a handler makes in its own transaction. It saves the request a round trip to the
/// database, and no change comes between the check and the transaction.
///
/// A handler that answers without the check gets an internal error, so that its first test notices; what its transaction
/// has changed stays changed. When the handler refuses the request before the check, the middleware makes it: a token
/// whose session has ended always gets the same answer.
///
/// Until its lifetime is over, such a token still begins the handler's transaction and takes the locks before the check,
/// so it can hold up other requests of the same user. It changes nothing, and the access log does not name its user.
package final class SessionProof: Sendable {
  /// The caller, whose token has verified.
  package let principal: Principal
  private let goesOn = Atomic<Bool>(false)

  /// A check that is still to be made.
  package init(of principal: Principal) {
    self.principal = principal
  }

  /// Whether the check was made, and found that the session goes on.
  package var holds: Bool { goesOn.load(ordering: .relaxed) }

  /// Records what the check has found. The last one counts, because a transaction may run again.
  package func record(goesOn: Bool) { self.goesOn.store(goesOn, ordering: .relaxed) }
}

/// A handler answered without the check of the session that its route's trait ``RouteTraits/sessionProof`` promises.
package struct MissingSessionProof: Error, CustomStringConvertible {
  /// The route's template.
  let template: String

  package init(template: String) {
    self.template = template
  }

  package var description: String { "the handler of \(template) answered without a check of the session" }
}
