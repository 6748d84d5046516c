import Clock
import Glibc
import Synchronization

/// One thread with a poller: it watches descriptors, keeps timers, and runs the tasks that prefer it.
///
/// There is one loop per processor. Everything a loop owns (connections, buffers, database and cache connections) is
/// touched by its thread alone, so none of it needs a lock. Nothing that runs here may block; see ``Offload``.
///
/// Each wake-up has a fixed order: readiness handlers, timers, what other threads handed over, tasks, and last what was
/// left for the end of the batch. That is where many answers become one write, and many queries one round trip.
// @unchecked: everything but `handover` and the poller's `wake()` is confined to the loop's thread, and the public
// entrances check it.
package final class EventLoop: TaskExecutor, @unchecked Sendable {
  /// How often queued work may beget more work in one wake-up before descriptors are looked at again.
  private static let roundsPerBatch = 16
  /// Rounds granted to the work that is left when the loop is stopped.
  private static let roundsAtStop = 1_000
  /// Size of ``scratch``.
  package static let scratchBytes = 65_536

  /// The name of the loop and of its thread.
  package let name: String
  /// A buffer that every handler on this loop reads into, so that an idle connection owns no memory. Its content is
  /// good until the handler returns. Loop thread only.
  package let scratch: UnsafeMutableRawBufferPointer

  private let poller: any Poller
  private let handover = Mutex(Handover())
  private let slot = LoopThread.slot

  private var registrations = RegistrationTable()
  private var timers = TimerQueue()
  private var work: [LoopWork] = []
  private var spareWork: [LoopWork] = []
  private var endings: [() -> Void] = []
  private var spareEndings: [() -> Void] = []

  /// Makes a loop over the given poller; it does nothing until ``start()``.
  package init(name: String, poller: any Poller) {
    self.name = name
    self.poller = poller
    scratch = .allocate(byteCount: Self.scratchBytes, alignment: 16)
  }

  deinit { scratch.deallocate() }

  /// A loop over the system's best poller; fails when the process has no descriptors left.
  package static func make(name: String) throws(LoopError) -> EventLoop {
    EventLoop(name: name, poller: try EpollPoller())
  }

  /// The loop whose thread this is, or nil on any other thread.
  package static var current: EventLoop? { LoopThread.current }

  /// Whether the caller is on this loop's thread.
  package var isCurrent: Bool { pthread_getspecific(slot) == Unmanaged.passUnretained(self).toOpaque() }

  /// Starts the loop's thread. Once in a loop's life.
  package func start() {
    let isFirst = handover.withLock { $0.start() }
    precondition(isFirst, "a loop is started once")
    LoopThread.start(self)
  }

  /// Ends the loop after the work it already has; returns at once. Work handed over later is never run, and
  /// descriptors that are still registered are forgotten, not closed: stop what uses the loop first.
  package func stop() {
    handover.withLock { $0.stop() }
    poller.wake()
  }

  /// Queues a call for the loop's thread, from any thread. On the loop's own thread it runs later in this wake-up,
  /// never inside the caller.
  package func execute(_ body: @escaping @Sendable () -> Void) {
    hand(.call(body))
  }

  /// Calls `body` at once when on this loop's thread, otherwise queues it like ``execute(_:)``.
  package func perform(_ body: @escaping @Sendable () -> Void) {
    if isCurrent { body() } else { execute(body) }
  }

  /// Queues a task's next step: how Swift's concurrency uses this loop.
  package func enqueue(_ job: consuming ExecutorJob) {
    hand(.job(UnownedJob(job)))
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
  /// Begins to watch a descriptor; the handler is kept alive until ``deregister(_:whenReleased:)``. Loop thread only.
  ///
  /// Fails with the system's reason, or with `EEXIST` when the descriptor is registered already.
  package func register(
    _ descriptor: Int32, for interest: Interest, handler: any ReadinessHandler
  ) throws(LoopError) {
    precondition(isCurrent, "descriptors are registered on the loop's own thread")
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

  /// Changes what a registered descriptor is watched for; costs nothing when it is the same. Loop thread only.
  ///
  /// A descriptor that is not registered is left alone. The kernel refuses a change only for want of memory; then the
  /// handler is told ``Readiness/hungUp``, for it can no longer rely on being woken.
  package func update(_ descriptor: Int32, for interest: Interest) {
    precondition(isCurrent, "descriptors are updated on the loop's own thread")
    guard let token = registrations.change(descriptor, to: interest) else { return }
    do {
      try poller.modify(descriptor, for: interest, token: token)
    } catch {
      atEndOfBatch { self.deliver(token, .hungUp) }
    }
  }

  /// Stops watching a descriptor. Loop thread only.
  ///
  /// Close it in `whenReleased` and nowhere else: closed earlier, its number could be in use again while events of its
  /// former life are still on their way. The call may come at once, or from a later wake-up.
  package func deregister(_ descriptor: Int32, whenReleased: @escaping () -> Void) {
    precondition(isCurrent, "descriptors are deregistered on the loop's own thread")
    guard let token = registrations.remove(descriptor) else { return whenReleased() }
    poller.remove(descriptor, token: token, released: whenReleased)
  }

  /// How many descriptors are registered. Loop thread only.
  package var registrationCount: Int { registrations.count }

  private func deliver(_ token: UInt64, _ readiness: Readiness) {
    guard let registration = registrations.registration(for: token) else { return }
    let asked = readiness.narrowed(to: registration.interest)
    if !asked.isEmpty { registration.handler.ready(asked) }
  }
}

// MARK: - Timers and the end of the batch

extension EventLoop {
  /// Calls `body` on this loop after the given time, never earlier. Loop thread only.
  @discardableResult
  package func schedule(afterMilliseconds milliseconds: Int, _ body: @escaping () -> Void) -> TimerID {
    precondition(isCurrent, "timers are scheduled on the loop's own thread")
    let delay = UInt64(max(0, milliseconds)) * 1_000_000
    return timers.schedule(at: MonotonicClock.nanoseconds() + delay, body)
  }

  /// Forgets a timer; one that has fired or was cancelled is ignored. Loop thread only.
  package func cancel(_ timer: TimerID) {
    precondition(isCurrent, "timers are cancelled on the loop's own thread")
    timers.cancel(timer)
  }

  /// Calls `body` once everything of this wake-up has run: the place to write what was gathered. Loop thread only.
  package func atEndOfBatch(_ body: @escaping () -> Void) {
    precondition(isCurrent, "the end of the batch belongs to the loop's own thread")
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

  /// Takes what other threads queued, and says whether the loop is to end.
  private func takeHandover() -> Bool {
    handover.withLock { $0.take(into: &work) }
  }

  /// Runs queued work, then what was left for the end, until both are empty or the rounds are used up.
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
