import Clock
import Glibc
import Synchronization

/// One thread with a poller. It watches descriptors, keeps timers, and runs the tasks that prefer it.
///
/// A process has one loop per processor. Only the loop's thread accesses what the loop owns (connections, buffers,
/// database and cache connections), so none of it needs a lock. Code on a loop must not block; see ``Offload``.
///
/// Each wake-up runs in a fixed order: readiness handlers, timers, work from other threads, tasks, and then the calls
/// for the end of the batch. Those calls combine many responses into one write, and many queries into one round trip.
// @unchecked: only the loop's thread accesses the state, except for `handover` and the poller's `wake()`. The package
// methods check the thread.
package final class EventLoop: TaskExecutor, @unchecked Sendable {
  /// How many rounds of queued work one wake-up may run before the loop polls descriptors again.
  private static let roundsPerBatch = 16
  /// How many rounds the remaining work may take when the loop stops.
  private static let roundsAtStop = 1_000
  /// Size of ``scratch``.
  package static let scratchBytes = 65_536

  /// The name of the loop and of its thread.
  package let name: String
  /// A buffer that every handler on this loop reads into, so that an idle connection owns no memory. Its content is
  /// valid until the handler returns. Loop thread only.
  package let scratch: UnsafeMutableRawBufferPointer
  /// What the loop's work waits for. Loop thread only.
  package let load = LoopLoad()

  private let poller: any Poller
  private let handover = Mutex(Handover())
  private let slot = LoopThread.slot

  private var registrations = RegistrationTable()
  private var timers = TimerQueue()
  // Unchecked at run time, because each wake-up passes here several times. An access appends an item, swaps a queue with its
  // spare, or empties a spare, and what an emptied spare releases can reach the queue alone.
  @exclusivity(unchecked) private var work: [LoopWork] = []
  @exclusivity(unchecked) private var spareWork: [LoopWork] = []
  @exclusivity(unchecked) private var endings: [() -> Void] = []
  @exclusivity(unchecked) private var spareEndings: [() -> Void] = []
  var waitingTasks = WaitingTasks()

  /// Makes a loop with the given poller. It does nothing until ``start()``.
  package init(name: String, poller: any Poller) {
    self.name = name
    self.poller = poller
    scratch = .allocate(byteCount: Self.scratchBytes, alignment: 16)
  }

  deinit { scratch.deallocate() }

  /// Makes a loop with the system's best poller. Throws when the process has no descriptors left.
  package static func make(name: String) throws(LoopError) -> EventLoop {
    EventLoop(name: name, poller: try EpollPoller())
  }

  /// The loop of the current thread, or nil on any other thread.
  package static var current: EventLoop? { LoopThread.current }

  /// Whether the caller is on this loop's thread.
  package var isCurrent: Bool { pthread_getspecific(slot) == Unmanaged.passUnretained(self).toOpaque() }

  /// Starts the loop's thread. A loop can start only once.
  package func start() {
    let isFirst = handover.withLock { $0.start() }
    precondition(isFirst, "a loop can start only once")
    LoopThread.start(self)
  }

  /// Stops the loop after its queued work, and returns at once. The loop never runs work that arrives later, and drops
  /// registered descriptors without closing them. Stop the users of the loop first.
  package func stop() {
    handover.withLock { $0.stop() }
    poller.wake()
  }

  /// Queues a call for the loop's thread, from any thread. On the loop's own thread the call runs later in this
  /// wake-up, never inside the caller.
  package func execute(_ body: @escaping @Sendable () -> Void) {
    hand(.call(body))
  }

  /// Calls `body` at once on this loop's thread; on any other thread queues it like ``execute(_:)``.
  package func perform(_ body: @escaping @Sendable () -> Void) {
    if isCurrent { body() } else { execute(body) }
  }

  /// Queues a task's next step. Swift's concurrency runtime calls it.
  package func enqueue(_ job: consuming ExecutorJob) {
    hand(.job(UnownedJob(job)))
  }

  /// Resumes a task of this loop, and runs it here up to its next suspension. Loop thread only.
  func resumeNow(_ continuation: UnsafeContinuation<Void, Never>) {
    let count = work.count
    continuation.resume()
    guard work.count > count, case .job(let job) = work.removeLast() else {
      preconditionFailure("a task that waits on a loop was resumed elsewhere")
    }
    job.runSynchronously(on: asUnownedTaskExecutor())
  }

  private func hand(_ item: LoopWork) {
    if isCurrent {
      work.append(item)
    } else if handover.withLock({ $0.append(item) }) {
      poller.wake()
    }
  }
}

// MARK: - Descriptors

extension EventLoop {
  /// Starts watching a descriptor, and retains the handler until ``deregister(_:whenReleased:)``. Loop thread only.
  ///
  /// Throws the system's error, or `EEXIST` when the descriptor is already registered.
  package func register(
    _ descriptor: Int32, for interest: Interest, handler: any ReadinessHandler
  ) throws(LoopError) {
    precondition(isCurrent, "descriptors must be registered on the loop's thread")
    guard let token = registrations.insert(descriptor, interest, handler) else {
      throw LoopError(operation: .register, errorNumber: descriptor < 0 ? EBADF : EEXIST)
    }
    do {
      try poller.add(descriptor, for: interest, token: token)
    } catch {
      registrations.remove(descriptor)
      throw error
    }
  }

  /// Changes the interest of a registered descriptor; an unchanged interest costs nothing. Loop thread only.
  ///
  /// The call ignores a descriptor that is not registered. The kernel refuses a change only when it lacks memory. The
  /// handler then receives ``Readiness/hungUp``, because the loop can no longer wake it reliably.
  package func update(_ descriptor: Int32, for interest: Interest) {
    precondition(isCurrent, "descriptors must be updated on the loop's thread")
    guard let token = registrations.change(descriptor, to: interest) else { return }
    do {
      try poller.modify(descriptor, for: interest, token: token)
    } catch {
      atEndOfBatch { self.deliver(token, .hungUp) }
    }
  }

  /// Stops watching a descriptor. Loop thread only.
  ///
  /// Close the descriptor only in `whenReleased`. If it closes earlier, a new descriptor can reuse its number while
  /// events for the old one are still pending. The loop calls `whenReleased` at once or in a later wake-up.
  package func deregister(_ descriptor: Int32, whenReleased: @escaping () -> Void) {
    precondition(isCurrent, "descriptors must be deregistered on the loop's thread")
    guard let removed = registrations.remove(descriptor) else { return whenReleased() }
    poller.remove(descriptor, token: removed.token, released: whenReleased)
  }

  /// The number of registered descriptors. Loop thread only.
  package var registrationCount: Int { registrations.count }

  private func deliver(_ token: UInt64, _ readiness: Readiness) {
    guard let registration = registrations.registration(for: token) else { return }
    let relevant = readiness.narrowed(to: registration.interest)
    if !relevant.isEmpty { registration.handler.ready(relevant) }
  }
}

// MARK: - Timers and the end of the batch

extension EventLoop {
  /// Calls `body` on this loop after the given time, never earlier. Loop thread only.
  @discardableResult
  package func schedule(afterMilliseconds milliseconds: Int, _ body: @escaping () -> Void) -> TimerID {
    precondition(isCurrent, "timers must be scheduled on the loop's thread")
    let delay = UInt64(max(0, milliseconds)) * 1_000_000
    return timers.schedule(at: MonotonicClock.nanoseconds() + delay, body)
  }

  /// Cancels a timer. The call ignores a timer that has fired or is already cancelled. Loop thread only.
  package func cancel(_ timer: TimerID) {
    precondition(isCurrent, "timers must be cancelled on the loop's thread")
    timers.cancel(timer)
  }

  /// Calls `body` after all other work of this wake-up, for example to write gathered output. Loop thread only.
  package func atEndOfBatch(_ body: @escaping () -> Void) {
    precondition(isCurrent, "the end of the batch must be used on the loop's thread")
    endings.append(body)
  }

  private func fireTimers() {
    if timers.isEmpty { return }
    let now = MonotonicClock.nanoseconds()
    while let body = timers.takeDue(at: now) { body() }
  }
}

// MARK: - The thread

extension EventLoop {
  /// The body of the loop's thread.
  func runUntilStopped() {
    while true {
      poller.wait(timeoutMilliseconds: millisecondsToWait()) { token, readiness in
        deliver(token, readiness)
      }
      fireTimers()
      let isStopping = takeHandover()
      runBatch(rounds: Self.roundsPerBatch)
      if isStopping { break }
    }
    endWaitingTasks()
    runBatch(rounds: Self.roundsAtStop)
    registrations.removeAll()
    timers.removeAll()
  }

  private func millisecondsToWait() -> Int {
    if !work.isEmpty || !endings.isEmpty { return 0 }
    guard let deadline = timers.nextDeadline() else { return -1 }
    let now = MonotonicClock.nanoseconds()
    return deadline <= now ? 0 : Int((deadline - now + 999_999) / 1_000_000)
  }

  /// Takes the work that other threads queued, and returns whether the loop must stop.
  private func takeHandover() -> Bool {
    handover.withLock { $0.take(into: &work) }
  }

  /// Runs queued work, then the calls for the end of the batch, until both are empty or the rounds are used up.
  private func runBatch(rounds: Int) {
    for _ in 0..<rounds {
      if !work.isEmpty {
        runWork()
      } else if !endings.isEmpty {
        runEndings()
      } else {
        return
      }
    }
  }

  private func runWork() {
    swap(&work, &spareWork)
    let executor = asUnownedTaskExecutor()
    for item in spareWork {
      switch item {
      case .job(let job): job.runSynchronously(on: executor)
      case .call(let body): body()
      }
    }
    spareWork.removeAll(keepingCapacity: true)
  }

  private func runEndings() {
    swap(&endings, &spareEndings)
    for body in spareEndings { body() }
    spareEndings.removeAll(keepingCapacity: true)
  }
}
