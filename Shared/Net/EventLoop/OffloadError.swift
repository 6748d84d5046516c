/// Why a queue refused work. The caller may retry later.
package enum OffloadError: Error, Sendable, Hashable, CustomStringConvertible {
  /// Every worker is busy and the queue is full.
  case queueFull(limit: Int)
  /// The work would wait longer than the queue allows, or has done so. `seconds` is the time of the work before it.
  case tooSlow(seconds: Int)
  /// The system has no thread left.
  case noThread

  /// Seconds after which a retry makes sense.
  package var retryAfterSeconds: Int {
    switch self {
    case .queueFull, .noThread: 1
    case .tooSlow(let seconds): max(1, seconds)
    }
  }

  /// Safe to show.
  package var description: String {
    switch self {
    case .queueFull(let limit): "offload: the queue is full with \(limit) waiting work items"
    case .tooSlow(let seconds): "offload: the work before this takes \(seconds) s"
    case .noThread: "offload: the system has no thread left"
    }
  }
}
