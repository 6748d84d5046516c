import Synchronization

/// Whether the client of a connection is still there. A responder learns from it that nothing reads its response.
package final class ClientPresence: Sendable {
  private let hasLeft = Atomic<Bool>(false)
  private let hasShownItsRight = Atomic<Bool>(false)

  /// The client is there.
  package init() {}

  /// Whether the client has ended its connection before the response.
  package var isGone: Bool { hasLeft.load(ordering: .relaxed) }

  /// Notes that the client has ended its connection.
  package func end() { hasLeft.store(true, ordering: .relaxed) }

  /// Whether a responder has found on this connection that the client may use its listener.
  package var isKnown: Bool { hasShownItsRight.load(ordering: .relaxed) }

  /// Notes that the client may use the listener: a listener for few clients keeps its connection before those of strangers.
  package func noteKnown() { hasShownItsRight.store(true, ordering: .relaxed) }
}
