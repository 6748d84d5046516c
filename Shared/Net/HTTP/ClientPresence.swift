import Synchronization

/// Whether the client of a connection is still there. A responder learns from it that nothing reads its response.
package final class ClientPresence: Sendable {
  private let hasLeft = Atomic<Bool>(false)

  /// The client is there.
  package init() {}

  /// Whether the client has ended its connection before the response.
  package var isGone: Bool { hasLeft.load(ordering: .relaxed) }

  /// Notes that the client has ended its connection.
  package func end() { hasLeft.store(true, ordering: .relaxed) }
}
