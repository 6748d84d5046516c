import Logging
import Synchronization

/// Records whether the cache is usable and logs one line at each change. A cache that is unavailable for an hour must
/// not fill the disk.
///
/// The connection reports whether it is up. A failed command can only add that a connection is up and does not serve.
/// One good reply does not clear that: it may predate the loss, and a cache that is slow or out of memory still sends some
/// good replies. A new connection or a whole ``Cache/probe()`` clears it.
final class CacheHealth: Sendable {
  private enum Condition: Equatable {
    case unknown
    case available
    /// Connected, but commands fail.
    case degraded(reason: String)
    case disconnected(reason: String)
  }

  private struct State {
    var condition = Condition.unknown
    var denials: Set<CacheDenial> = []
  }

  /// The most distinct denials that are logged; each names an account, a command and a key space.
  private static let maximumDenials = 64

  private let access: CacheRights.Access
  private let server: String?
  private let logger: Logger
  private let onFailure: @Sendable (CacheError) -> Void
  private let state = Mutex(State())

  /// - Parameter server: Host and port, for the log alone: the readiness answer does not show them.
  init(
    access: CacheRights.Access, server: String? = nil, logger: Logger,
    onFailure: @escaping @Sendable (CacheError) -> Void = { _ in }
  ) {
    self.access = access
    self.server = server
    self.logger = logger
    self.onFailure = onFailure
  }

  var status: CacheStatus {
    switch state.withLock({ $0.condition }) {
    case .unknown: .unavailable(reason: "not connected yet")
    case .available: .available
    case .degraded(let reason), .disconnected(let reason): .unavailable(reason: reason)
    }
  }

  /// Records the status that the connection reports.
  func connectionChanged(to status: CacheStatus) {
    switch status {
    case .available: change { _ in .available }
    case .unavailable(let reason): change { _ in .disconnected(reason: reason) }
    }
  }

  /// Records good replies to a whole probe.
  func probeSucceeded() {
    change { condition in
      switch condition {
      case .unknown, .degraded: .available
      case .available, .disconnected: condition
      }
    }
  }

  /// Records a command's failure.
  func commandFailed(_ error: CacheError) {
    onFailure(error)
    if case .permissionDenied(let denial) = error { reportOnce(denial) }
    guard case .degraded(let reason) = CacheTrouble(error, access: access) else { return }
    change { condition in
      switch condition {
      case .unknown, .available, .degraded: .degraded(reason: reason)
      case .disconnected: condition
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
    case (_, .available): logger.notice("cache available", metadata: place)
    case (.unknown, .degraded(let reason)), (.unknown, .disconnected(let reason)),
      (.available, .degraded(let reason)), (.available, .disconnected(let reason)):
      logger.warning("cache unavailable", metadata: place.merging(["reason": "\(reason)"]) { $1 })
    case (.degraded, _), (.disconnected, _), (_, .unknown): break
    }
  }

  private var place: Logger.Metadata { server.map { ["server": "\($0)"] } ?? [:] }

  private func reportOnce(_ denial: CacheDenial) {
    let isNew = state.withLock { state in
      state.denials.count < Self.maximumDenials && state.denials.insert(denial).inserted
    }
    if isNew { logger.error("cache permission denied", metadata: ["denial": "\(denial)"]) }
  }
}

/// Whether the cache is usable now, for the readiness answer and for one log line at each change.
package enum CacheStatus: Sendable, Hashable {
  /// The last attempt reached it.
  case available
  /// The last attempt did not; the reason is safe to show.
  case unavailable(reason: String)
}
