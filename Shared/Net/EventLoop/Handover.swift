/// One thing for a loop to run: a step of a task, or a call.
enum LoopWork {
  case job(UnownedJob)
  case call(@Sendable () -> Void)
}

/// What other threads hand to a loop; the only part of a loop that is behind a lock.
struct Handover {
  private enum Phase { case made, running, stopping }

  private var phase = Phase.made
  private var work: [LoopWork] = []

  /// Marks the loop as running; false when it was started before.
  mutating func start() -> Bool {
    switch phase {
    case .made:
      phase = .running
      return true
    case .running, .stopping:
      return false
    }
  }

  mutating func stop() { phase = .stopping }

  /// Queues one thing; true when the loop must be woken, which is the case for the first since it last looked.
  mutating func append(_ item: LoopWork) -> Bool {
    work.append(item)
    return work.count == 1
  }

  /// Moves everything queued to the loop; true when the loop is to end.
  mutating func take(into loopWork: inout [LoopWork]) -> Bool {
    if !work.isEmpty {
      loopWork.append(contentsOf: work)
      work.removeAll(keepingCapacity: true)
    }
    switch phase {
    case .stopping: return true
    case .made, .running: return false
    }
  }
}
