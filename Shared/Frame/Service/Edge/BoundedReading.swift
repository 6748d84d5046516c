import EventLoop
import Runtime
import Synchronization

/// Reads files off the loops, one read at a time, with a time limit: a file system that hangs must hold one thread at most,
/// and must not end the reading for good.
final class BoundedReading: Sendable {
  enum Outcome<Value: Sendable>: Sendable {
    case done(Value)
    /// The read goes on, unobserved.
    case late
    /// An earlier read goes on, or no thread is free.
    case notBegun
  }

  private let seconds: Double
  private let isReading = Atomic<Bool>(false)

  init(seconds: Double = 5) { self.seconds = seconds }

  func run<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async -> Outcome<Value> {
    guard !isReading.exchange(true, ordering: .acquiringAndReleasing) else { return .notBegun }
    let outcome: Outcome<Value>? = await TimeLimit.value(seconds: seconds) { [self] in
      defer { isReading.store(false, ordering: .releasing) }
      guard let value = try? await Offload.run(body) else { return .notBegun }
      return .done(value)
    }
    return outcome ?? .late
  }
}
