import Logging
import Synchronization

/// Remembers whether the cache can be used, and writes one line to the log at each change: a cache that is away for an
/// hour must not fill the disk.
///
/// The connection says whether it stands; a command can only add that it stands and does not serve. A single good
/// reply takes nothing back: it may be older than the loss, and beside a slow cache there is always one. A new
/// connection does, or an explicit ``Cache/ping()``.
final class CacheHealth: Sendable {
  private enum Condition: Equatable {
    case unknown
    case available
    /// Connected, and of no use all the same.
    case troubled(reason: String)
    case disconnected(reason: String)
  }

  private struct State {
    var condition = Condition.unknown
    var denials: Set<CacheDenial> = []
  }

  /// The most different denials that are reported; each names an account, a command and a key space.
  private static let maximumDenials = 64

  private let logger: Logger
  private let state = Mutex(State())

  init(logger: Logger) { self.logger = logger }

  var status: CacheStatus {
    switch state.withLock({ $0.condition }) {
    case .unknown: .unavailable(reason: "not connected yet")
    case .available: .available
    case .troubled(let reason), .disconnected(let reason): .unavailable(reason: reason)
    }
  }

  /// Takes what the connection says about itself.
  func connectionChanged(to status: CacheStatus) {
    switch status {
    case .available: change { _ in .available }
    case .unavailable(let reason): change { _ in .disconnected(reason: reason) }
    }
  }

  /// Takes a good reply that was asked for in order to know.
  func pingSucceeded() {
    change { condition in
      switch condition {
      case .unknown, .troubled: .available
      case .available, .disconnected: condition
      }
    }
  }

  /// Takes what a command failed with.
  func commandFailed(_ error: CacheError) {
    switch error {
    case .permissionDenied(let denial): reportOnce(denial)
    // What one caller did wrong says nothing about the cache, and the connection speaks for itself.
    case .invalidCommand, .refused, .closed, .authenticationFailed, .unreachable, .untrustedServer,
      .encryptionFailed, .connectionLost, .unsupported:
      break
    case .deadlineExceeded, .queueFull, .replyTooLarge, .protocolViolation:
      change { condition in
        switch condition {
        case .unknown, .available: .troubled(reason: error.description)
        case .troubled, .disconnected: condition
        }
      }
    }
  }

  private func change(_ next: (Condition) -> Condition) {
    let (old, new) = state.withLock { state in
      let old = state.condition
      state.condition = next(old)
      return (old, state.condition)
    }
    switch (old, new) {
    case (.available, .available): break
    case (_, .available): logger.notice("cache available")
    case (.unknown, .troubled(let reason)), (.unknown, .disconnected(let reason)),
      (.available, .troubled(let reason)), (.available, .disconnected(let reason)):
      logger.warning("cache unavailable", metadata: ["reason": "\(reason)"])
    case (.troubled, _), (.disconnected, _), (_, .unknown): break
    }
  }

  private func reportOnce(_ denial: CacheDenial) {
    let isNews = state.withLock { state in
      state.denials.count < Self.maximumDenials && state.denials.insert(denial).inserted
    }
    if isNews { logger.error("cache permission denied", metadata: ["denial": "\(denial)"]) }
  }
}
