import AccessProof
import Foundation
import Runtime
import Synchronization

/// A request to stop the proof: Ctrl-C or SIGTERM. The proof then ends its sessions and removes its
/// rows; a second request ends the tool at once.
enum ProofStop {
  /// Runs `body` as a task that the first request cancels.
  static func observing(
    _ body: @escaping @Sendable () async throws -> ProofReport
  ) async throws -> ProofReport {
    let task = Task { try await body() }
    let requests = Mutex(0)
    let observation = Signals.observe(Signals.termination) { _ in
      let count = requests.withLock { count in
        count += 1
        return count
      }
      if count > 1 { Runtime.ExitCode.failure.exit() }
      task.cancel()
    }
    defer { withExtendedLifetime(observation) {} }
    return try await task.value
  }
}
