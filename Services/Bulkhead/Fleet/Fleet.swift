import AccessManifest
import Foundation
import HTTP
import HTTPClient

/// The whole fleet as processes of this machine: started together, watched, stopped in order.
struct Fleet: Sendable {
  static let readyDeadlineSeconds = 30.0
  static let stopDeadlineSeconds = 30.0

  let processes: [FleetProcess]

  /// Refuses to start where something answers on a member's port already: its readiness would pass for the member's,
  /// and the story would be told to a fleet that is not ours.
  static func refuseTakenPorts(of members: [FleetMember]) async throws {
    for member in members where await answers(member) {
      throw ToolError(
        "something answers on \(member.address) already, where \(member.name) should: is another fleet running?"
      )
    }
  }

  private static func answers(_ member: FleetMember) async -> Bool {
    (try? await HTTPClient.send(.get, "\(member.address)/livez", timeoutMilliseconds: 1000)) != nil
  }

  /// Starts every member; where one cannot be started, those that were are stopped again.
  static func start(
    _ members: [FleetMember], manifest: AccessManifest, environment: FleetEnvironment, programs: URL,
    logs: URL
  ) async throws -> Fleet {
    try FileManager.default.createDirectory(
      at: logs, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    var started: [FleetProcess] = []
    do {
      for member in members {
        guard let service = manifest.services.first(where: { $0.name == member.name }) else {
          throw ToolError("the access manifest has no service \(member.name)")
        }
        started.append(
          try FleetProcess(
            member, program: programs.appendingPathComponent(member.program),
            environment: environment.variables(for: member, of: service),
            logPath: logs.appendingPathComponent("\(member.name).log").path))
      }
    } catch {
      await Fleet(processes: started).stop()
      throw error
    }
    return Fleet(processes: started)
  }

  /// Waits until every member says that it is ready; tells which one did not, and what it wrote last. A request to
  /// stop ends the waiting.
  func waitUntilReady(until stop: StopRequest, _ tell: (FleetMember) -> Void) async throws {
    let deadline = Date().addingTimeInterval(Self.readyDeadlineSeconds)
    for process in processes {
      while await !Self.isReady(process.member) {
        if stop.isRequested { return }
        try checkAlive()
        guard Date() < deadline else {
          throw ToolError(
            "\(process.member.name) is not ready after \(Int(Self.readyDeadlineSeconds)) s:\n\(process.lastLines())"
          )
        }
        try await Task.sleep(for: .milliseconds(50))
      }
      tell(process.member)
    }
  }

  /// Throws where a member has ended, with what it wrote last.
  func checkAlive() throws {
    for process in processes where !process.isRunning {
      throw ToolError("\(process.member.name) has ended (\(process.ending)):\n\(process.lastLines())")
    }
  }

  /// Stops in the opposite order of starting; answers who had to be killed.
  @discardableResult
  func stop() async -> [FleetMember] {
    var killed: [FleetMember] = []
    for process in processes.reversed()
    where await !process.stop(deadlineSeconds: Self.stopDeadlineSeconds) {
      killed.append(process.member)
    }
    return killed
  }

  static func isReady(_ member: FleetMember) async -> Bool {
    let answer = try? await HTTPClient.send(.get, "\(member.address)/readyz", timeoutMilliseconds: 2000)
    return answer?.status.code == 200
  }
}
