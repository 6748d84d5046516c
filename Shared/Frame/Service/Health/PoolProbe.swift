import DataAccess
import Runtime
import Synchronization

/// Whether the pools of this process have connections. The health check's own connection says nothing about that: a
/// server that is full, or an account at its limit, may keep it and refuse those of the pools.
///
/// A pool with an open connection is in order, and costs the check no statement. One without opens a connection for the
/// check, as for a request. So a full pool never turns readiness off, and an idle one does not either.
final class PoolProbe: Sendable {
  private struct State {
    var opening: Task<Void, Never>?
    /// Why the last attempt failed, until one succeeds.
    var failure: String?
  }

  private let database: Database
  private let state = Mutex(State())

  init(_ database: Database) {
    self.database = database
  }

  /// Why the pool has no connection; nil where it has one, or opens one within the time of a probe.
  func shortage() async -> String? {
    let isOver = await TimeLimit.run(seconds: Readiness.probeSeconds) { [self] in await check() }
    return state.withLock { state in
      if isOver { return state.failure }
      // Without an attempt, the loop itself is busy: it serves requests.
      guard state.opening != nil else { return nil }
      return state.failure ?? "no connection within \(Int(Readiness.probeSeconds * 1_000)) ms"
    }
  }

  private func check() async {
    if await database.status().open > 0 {
      state.withLock { $0.failure = nil }
    } else {
      await open().value
    }
  }

  /// The attempt that is under way. It outlives a probe: a pool pauses between attempts for longer than one takes.
  private func open() -> Task<Void, Never> {
    state.withLock { state in
      if let opening = state.opening { return opening }
      let opening = Task { [self] in await attempt() }
      state.opening = opening
      return opening
    }
  }

  private func attempt() async {
    do throws(DatabaseError) {
      try await database.ping()
      end(nil)
    } catch {
      end(error)
    }
  }

  private func end(_ error: DatabaseError?) {
    state.withLock { state in
      state.opening = nil
      switch error?.kind {
      case nil: state.failure = nil
      // The wait for a connection ended during a pause: the reason of the last attempt says more.
      case .acquireTimeout?: state.failure = state.failure ?? error?.report
      case .some: state.failure = error?.report
      }
    }
  }
}

extension [PoolProbe] {
  /// The health of the database as its pools show it; nil where each has a connection.
  ///
  /// While one pool serves, the process stays ready: another one may have failed once, and the next attempt follows.
  func component() async -> HealthReport.Component? {
    let shortages = await withTaskGroup(of: String?.self) { group in
      for probe in self { group.addTask { await probe.shortage() } }
      return await group.reduce(into: [String]()) { all, reason in reason.map { all.append($0) } }
    }
    guard let reason = shortages.first else { return nil }
    return HealthReport.Component(
      "database",
      .unavailable(
        reason: "\(shortages.count) of \(count) pools have no connection: \(reason)",
        isEssential: shortages.count == count))
  }
}
