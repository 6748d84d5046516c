/// A task of a loop, which does one piece of work after another. Loop thread only.
///
/// The frames of async calls lie in memory of their task, which asks for it block by block: a request that reads the
/// database takes 22 kB in 13 blocks. A task that is used again has these blocks already.
// @unchecked: only the loop's thread accesses the state.
package final class LoopTask: @unchecked Sendable {
  private var work: (@Sendable () async -> Void)?
  private var waiting: UnsafeContinuation<Void, Never>?
  private var task: Task<Void, Never>?

  /// Cancels the work. A task that was cancelled does no other.
  package func cancel() { task?.cancel() }

  fileprivate func start(_ body: @escaping @Sendable () async -> Void, on loop: EventLoop) {
    work = body
    task = Task.immediateDetached(executorPreference: loop) {
      repeat { await self.doWork() } while await self.waitForWork(of: loop)
    }
  }

  fileprivate func continueWith(_ body: (@Sendable () async -> Void)?, on loop: EventLoop) {
    work = body
    guard let continuation = waiting else { return }
    waiting = nil
    loop.resumeNow(continuation)
  }

  // A function of its own, so that what the body holds is released before the task waits.
  private func doWork() async {
    let body = work
    work = nil
    await body?()
  }

  private func waitForWork(of loop: EventLoop) async -> Bool {
    // Work that ended on another thread must not touch the loop's state.
    guard !Task.isCancelled, loop.isCurrent, loop.waitingTasks.hasRoom else { return false }
    await withUnsafeContinuation { continuation in
      waiting = continuation
      loop.waitingTasks.append(self)
    }
    return work != nil
  }
}

/// The tasks of a loop that wait for work, the latest used last: its memory is still in the processor's caches.
struct WaitingTasks {
  /// As many as a loop has requests in progress under a usual load. Each keeps some 25 kB.
  static let capacity = 64

  private var tasks: [LoopTask] = []
  private var isEnded = false

  var count: Int { tasks.count }

  var hasRoom: Bool { !isEnded && tasks.count < Self.capacity }

  mutating func append(_ task: LoopTask) { tasks.append(task) }

  mutating func takeLast() -> LoopTask? { tasks.popLast() }

  /// The tasks that wait. None waits from now on.
  mutating func end() -> [LoopTask] {
    isEnded = true
    defer { tasks = [] }
    return tasks
  }
}

extension EventLoop {
  /// Starts work in a task that runs on this loop, at once and up to its first suspension. Loop thread only.
  ///
  /// Its async calls, child tasks and sleeps resume on this thread; `MainActor` and `Task {}` leave it.
  @discardableResult
  package func runTask(_ body: @escaping @Sendable () async -> Void) -> LoopTask {
    precondition(isCurrent, "a task of a loop must be started on the loop's thread")
    if let task = waitingTasks.takeLast() {
      task.continueWith(body, on: self)
      return task
    }
    let task = LoopTask()
    task.start(body, on: self)
    return task
  }

  /// Ends the tasks that wait for work, which hold the loop.
  func endWaitingTasks() {
    for task in waitingTasks.end() { task.continueWith(nil, on: self) }
  }
}
