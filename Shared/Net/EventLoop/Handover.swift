/// One work item of a loop: a step of a task, or a call.
enum LoopWork {
  case job(UnownedJob)
  case call(@Sendable () -> Void)
}

/// The work that other threads queue for a loop. It is the only part of a loop behind a lock.
struct Handover {
  private enum Phase { case made, running, stopping }

  private var phase = Phase.made
  private var work: [LoopWork] = []

  /// Marks the loop as running. False when the loop has started before.
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

  /// Queues one work item. True when the caller must wake the loop, which holds for the first item since the last take.
  mutating func append(_ item: LoopWork) -> Bool {
    work.append(item)
    return work.count == 1
  }

  /// Moves all queued work to the loop. True when the loop must stop.
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
