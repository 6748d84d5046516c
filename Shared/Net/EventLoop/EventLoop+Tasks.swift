extension EventLoop {
  /// As ``runTask(_:)``, from any thread. On another thread the loop queues the work.
  package func run(_ body: @escaping @Sendable () async -> Void) {
    if isCurrent {
      runTask(body)
    } else {
      execute { self.runTask(body) }
    }
  }

  /// Suspends the caller for the given time with this loop's timers. Returns early when the caller's task is cancelled.
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

/// One sleeping task. Its cancellation may arrive before the sleep begins.
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
