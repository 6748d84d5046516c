/// When the next attempt to connect may be made after some have failed.
struct ReconnectBackoff {
  private enum State {
    case clear
    case waiting(failures: Int, until: UInt64)
  }

  private let minimumMilliseconds: Int
  private let maximumMilliseconds: Int
  private var state = State.clear

  init(_ configuration: PoolConfiguration) {
    minimumMilliseconds = configuration.reconnectMinimumMilliseconds
    maximumMilliseconds = configuration.reconnectMaximumMilliseconds
  }

  func allows(at now: UInt64) -> Bool {
    switch state {
    case .clear: true
    case .waiting(_, let until): now >= until
    }
  }

  mutating func succeeded() { state = .clear }

  mutating func failed(at now: UInt64) {
    let failures = failureCount + 1
    let delay = min(maximumMilliseconds, minimumMilliseconds << min(failures - 1, 16))
    state = .waiting(failures: failures, until: now + UInt64(delay) * 1_000_000)
  }

  /// Attempts that failed since the last that did not.
  var failureCount: Int {
    switch state {
    case .clear: 0
    case .waiting(let failures, _): failures
    }
  }
}
