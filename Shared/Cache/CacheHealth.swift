import Logging
import Synchronization

/// Remembers whether the cache could be used, and writes one line to the log at each change: a cache that is away for
/// an hour must not fill the disk.
final class CacheHealth: Sendable {
  private struct State {
    var status = CacheStatus.unavailable(reason: "not connected yet")
    var hasReported = false
    var denials: Set<CacheDenial> = []
  }

  /// The most different denials that are reported; each names an account, a command and a key space.
  private static let maximumDenials = 64

  private let logger: Logger
  private let state = Mutex(State())

  init(logger: Logger) { self.logger = logger }

  var status: CacheStatus { state.withLock { $0.status } }

  /// Takes what the connection says about itself.
  func changed(to status: CacheStatus) {
    let isNews = state.withLock { state in
      let isNews = !state.hasReported || state.status.isAvailable != status.isAvailable
      state.status = status
      state.hasReported = true
      return isNews
    }
    guard isNews else { return }
    switch status {
    case .available: logger.notice("cache available")
    case .unavailable(let reason): logger.warning("cache unavailable", metadata: ["reason": "\(reason)"])
    }
  }

  /// Takes what a command ended with.
  func record(_ error: CacheError?) {
    switch error {
    case nil: if !status.isAvailable { changed(to: .available) }
    case .permissionDenied(let denial): reportOnce(denial)
    // What one caller did wrong says nothing about the cache; `closed` is our own doing.
    case .invalidCommand, .refused, .closed: break
    case .authenticationFailed, .unreachable, .connectionLost, .deadlineExceeded, .queueFull, .replyTooLarge,
      .protocolViolation, .unsupported:
      changed(to: .unavailable(reason: error?.description ?? ""))
    }
  }

  private func reportOnce(_ denial: CacheDenial) {
    let isNews = state.withLock { state in
      state.denials.count < Self.maximumDenials && state.denials.insert(denial).inserted
    }
    if isNews { logger.error("cache permission denied", metadata: ["denial": "\(denial)"]) }
  }
}

extension CacheStatus {
  fileprivate var isAvailable: Bool {
    switch self {
    case .available: true
    case .unavailable: false
    }
  }
}
