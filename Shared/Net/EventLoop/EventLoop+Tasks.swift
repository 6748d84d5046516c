extension EventLoop {
  /// Starts a task that runs on this loop, from any thread.
  ///
  /// On the loop's own thread it runs at once, up to its first suspension; otherwise it is handed over first. Async
  /// functions it calls, its child tasks and its sleeps come back to this thread; `MainActor` and `Task {}` leave it.
  package func run(_ body: @escaping @Sendable () async -> Void) {
    if isCurrent {
      Task.immediateDetached(executorPreference: self) { await body() }
    } else {
      execute { Task.immediateDetached(executorPreference: self) { await body() } }
    }
  }

  /// Suspends the caller for the given time on this loop's timers; returns early when its task is cancelled.
  package func sleep(milliseconds: Int) async {
    let sleeper = LoopBound(Sleeper(), to: self)
    await withTaskCancellationHandler {
      await withUnsafeContinuation { continuation in
        perform { sleeper.value.begin(continuation, milliseconds: milliseconds, on: self) }
      }
    } onCancel: {
      self.execute { sleeper.value.end(on: self) }
    }
  }
}

/// One sleeping task. A cancellation may come before the sleep has begun.
private final class Sleeper {
  private enum State {
    case ready
    case sleeping(UnsafeContinuation<Void, Never>, TimerID)
    case ended
  }

  private var state = State.ready

  func begin(_ continuation: UnsafeContinuation<Void, Never>, milliseconds: Int, on loop: EventLoop) {
    switch state {
    case .ready:
      let timer = loop.schedule(afterMilliseconds: milliseconds) { self.end(on: loop) }
      state = .sleeping(continuation, timer)
    case .sleeping, .ended:
      continuation.resume()
    }
  }

  func end(on loop: EventLoop) {
    switch state {
    case .ready:
      state = .ended
    case .sleeping(let continuation, let timer):
      state = .ended
      loop.cancel(timer)
      continuation.resume()
    case .ended:
      break
    }
  }
}
