import Clock

/// A value that takes time to read, and that anyone may ask for: it is read at most once a second, once for all who ask.
actor SharedReading<Value: Sendable> {
  private enum State {
    case unknown
    case reading(Task<Value, Never>)
    case known(Value, until: UInt64)
  }

  private let read: @Sendable () async -> Value
  private let nanoseconds: @Sendable () -> UInt64
  private var state = State.unknown

  init(
    nanoseconds: @escaping @Sendable () -> UInt64 = { MonotonicClock.nanoseconds() },
    read: @escaping @Sendable () async -> Value
  ) {
    self.read = read
    self.nanoseconds = nanoseconds
  }

  /// How long a value is valid.
  static var cachedNanoseconds: UInt64 { 1_000_000_000 }

  /// The newest value. A caller that arrives while it is read waits for the result.
  func value() async -> Value {
    switch state {
    case .known(let value, let until) where nanoseconds() < until: return value
    case .reading(let task): return await task.value
    case .unknown, .known: return await readAgain()
    }
  }

  private func readAgain() async -> Value {
    let task = Task { await read() }
    state = .reading(task)
    let value = await task.value
    state = .known(value, until: nanoseconds() + Self.cachedNanoseconds)
    return value
  }
}
