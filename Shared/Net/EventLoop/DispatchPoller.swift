import Dispatch
import Glibc
import Synchronization

/// The portable poller, for systems without `epoll(7)`. It uses dispatch sources.
///
/// A source suspends itself when it fires. The poller resumes it after delivery, if the interest still includes its
/// event. Readiness is therefore level-triggered, and no source spins while the loop is busy.
package final class DispatchPoller: Poller {
  private let queue = DispatchQueue(label: "dispatch-poller")
  private let arrivals = Arrivals()
  private var watches: [UInt64: Watch] = [:]
  private var pendingReleases: [UInt64: PendingRelease] = [:]

  /// A removed descriptor whose sources have not all been cancelled yet.
  private struct PendingRelease {
    var sources: Int
    let released: () -> Void
  }

  /// Makes a poller without descriptors.
  package init() {}

  deinit {
    for watch in watches.values { watch.cancel() }
  }

  /// Makes the sources that the interest requires.
  package func add(_ descriptor: Int32, for interest: Interest, token: UInt64) throws(LoopError) {
    let watch = Watch(descriptor: descriptor, token: token)
    try watch.arm(for: interest, on: queue, arrivals)
    watches[token] = watch
  }

  /// Suspends the sources outside the interest, and resumes or makes the others.
  package func modify(_ descriptor: Int32, for interest: Interest, token: UInt64) throws(LoopError) {
    try watches[token]?.arm(for: interest, on: queue, arrivals)
  }

  /// Cancels the sources. It calls `released` once every source has confirmed its cancellation.
  package func remove(_ descriptor: Int32, token: UInt64, released: @escaping () -> Void) {
    guard let watch = watches.removeValue(forKey: token), watch.sourceCount > 0 else { return released() }
    pendingReleases[token] = PendingRelease(sources: watch.sourceCount, released: released)
    watch.cancel()
  }

  /// Waits for events from the sources.
  package func wait(timeoutMilliseconds: Int, deliver: (UInt64, Readiness) -> Void) {
    for arrival in arrivals.wait(timeoutMilliseconds: timeoutMilliseconds) {
      switch arrival {
      case .woken:
        break
      case .ready(let token, let readiness):
        guard watches[token] != nil else { continue }
        deliver(token, readiness)
        watches[token]?.rearm(readiness)
      case .cancelled(let token):
        confirmCancellation(of: token)
      }
    }
  }

  /// Ends the wait.
  package func wake() { arrivals.append(.woken) }

  private func confirmCancellation(of token: UInt64) {
    guard var pending = pendingReleases.removeValue(forKey: token) else { return }
    pending.sources -= 1
    if pending.sources == 0 {
      pending.released()
    } else {
      pendingReleases[token] = pending
    }
  }
}

/// A message from the sources' queue to the loop's thread.
private enum Arrival: Sendable {
  case woken
  case ready(token: UInt64, Readiness)
  case cancelled(token: UInt64)
}

/// The mailbox between the sources' queue and the loop's thread.
private final class Arrivals: Sendable {
  private let pending = Mutex<[Arrival]>([])
  private let signal = DispatchSemaphore(value: 0)

  func append(_ arrival: Arrival) {
    let isFirst = pending.withLock { pending in
      pending.append(arrival)
      return pending.count == 1
    }
    if isFirst { signal.signal() }
  }

  func wait(timeoutMilliseconds: Int) -> [Arrival] {
    let deadline: DispatchTime =
      timeoutMilliseconds < 0 ? .distantFuture : .now() + .milliseconds(timeoutMilliseconds)
    guard signal.wait(timeout: deadline) == .success else { return [] }
    return pending.withLock { pending in
      defer { pending.removeAll() }
      return pending
    }
  }
}

/// One descriptor and its sources, each made on first use. Loop thread only.
private final class Watch {
  private let descriptor: Int32
  private let token: UInt64
  private var interest: Interest = []
  private var reader: SourceGate?
  private var writer: SourceGate?

  init(descriptor: Int32, token: UInt64) {
    self.descriptor = descriptor
    self.token = token
  }

  var sourceCount: Int { (reader == nil ? 0 : 1) + (writer == nil ? 0 : 1) }

  func arm(for interest: Interest, on queue: DispatchQueue, _ arrivals: Arrivals) throws(LoopError) {
    self.interest = interest
    if interest.contains(.readable), reader == nil {
      let source = DispatchSource.makeReadSource(fileDescriptor: descriptor, queue: queue)
      reader = try SourceGate(source, token: token, reports: .readable, to: arrivals)
    }
    if interest.contains(.writable), writer == nil {
      let source = DispatchSource.makeWriteSource(fileDescriptor: descriptor, queue: queue)
      writer = try SourceGate(source, token: token, reports: .writable, to: arrivals)
    }
    reader?.setOpen(interest.contains(.readable))
    writer?.setOpen(interest.contains(.writable))
  }

  /// Reopens, after a delivery, the gate that closed itself, if the interest still includes its event.
  func rearm(_ readiness: Readiness) {
    if readiness.contains(.readable), interest.contains(.readable) { reader?.setOpen(true) }
    if readiness.contains(.writable), interest.contains(.writable) { writer?.setOpen(true) }
  }

  func cancel() {
    reader?.cancel()
    writer?.cancel()
  }
}

/// A source that suspends itself after every event. Only `state` tracks suspension, because releasing a suspended
/// source traps.
private final class SourceGate: Sendable {
  private enum State: Sendable {
    case open(DispatchSource)
    case closed(DispatchSource)
    case cancelled
  }

  private let state: Mutex<State>

  /// Throws only if Dispatch returns a source that is not a `DispatchSource`, the Sendable class of all its sources.
  init(
    _ made: any DispatchSourceProtocol, token: UInt64, reports readiness: Readiness, to arrivals: Arrivals
  ) throws(LoopError) {
    guard let source = made as? DispatchSource else {
      made.activate()
      made.cancel()
      throw LoopError(operation: .register, errorNumber: ENOTSUP)
    }
    state = Mutex(.open(source))
    source.setEventHandler { [weak self] in
      guard let self, self.setOpen(false) else { return }
      arrivals.append(.ready(token: token, readiness))
    }
    source.setCancelHandler { arrivals.append(.cancelled(token: token)) }
    source.activate()
  }

  /// Opens or closes the gate. False when the state does not change.
  @discardableResult
  func setOpen(_ isOpen: Bool) -> Bool {
    state.withLock { state in
      switch (state, isOpen) {
      case (.open(let source), false):
        source.suspend()
        state = .closed(source)
        return true
      case (.closed(let source), true):
        source.resume()
        state = .open(source)
        return true
      case (.open, true), (.closed, false), (.cancelled, _):
        return false
      }
    }
  }

  /// Cancels the source. A suspended source must resume, because its cancel handler does not run while it is suspended.
  func cancel() {
    state.withLock { state in
      switch state {
      case .open(let source):
        source.cancel()
      case .closed(let source):
        source.cancel()
        source.resume()
      case .cancelled:
        break
      }
      state = .cancelled
    }
  }
}
