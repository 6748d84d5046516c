import AccessManifest
import Foundation
import HTTP
import HTTPClient

/// The whole fleet as processes of this machine: it starts them together, watches them and stops them in order.
struct Fleet: Sendable {
  static let readyDeadlineSeconds = 30.0
  static let stopDeadlineSeconds = 30.0

  let processes: [FleetProcess]
  /// What the members' lives depend on.
  private let life: FleetLife

  /// Throws where another process has a member's port already, or answers on it. The tool would take that process for the member,
  /// and would run the story against a fleet that it did not start.
  static func refuseTakenPorts(of members: [FleetMember]) async throws {
    for member in members {
      // A process that hangs has the port and does not answer; one of another user answers, and is not seen.
      let holders = PortHolder.all(on: member.port).map { ", \($0)" }.joined()
      if holders.isEmpty { guard await answers(member) else { continue } }
      throw ToolError(
        "another process answers on \(member.address), the address of \(member.name)\(holders): "
          + "stop it or set --first-port")
    }
  }

  private static func answers(_ member: FleetMember) async -> Bool {
    (try? await HTTPClient.send(.get, "\(member.address)/livez", timeoutMilliseconds: 1000)) != nil
  }

  /// Starts every member. Where one fails to start, the others are stopped again.
  static func start(
    _ members: [FleetMember], manifest: AccessManifest, environment: FleetEnvironment, programs: URL,
    logs: URL
  ) async throws -> Fleet {
    try FileManager.default.createDirectory(
      at: logs, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    let life = try FleetLife()
    var started: [FleetProcess] = []
    do {
      for member in members {
        // The fleet manifest was checked against this one.
        guard let service = manifest.services.first(where: { $0.name == member.name }) else { continue }
        started.append(
          try FleetProcess(
            member, program: member.executable(in: programs),
            environment: environment.variables(for: member, of: service),
            logPath: logs.appendingPathComponent("\(member.name).log").path, life: life))
      }
    } catch {
      await Fleet(processes: started, life: life).stop()
      throw error
    }
    return Fleet(processes: started, life: life)
  }

  /// Waits until every member is ready. A request to stop ends the waiting.
  ///
  /// - Throws: the name of the member that is not ready within the deadline, with the last lines of its log.
  func waitUntilReady(until stop: StopRequest, _ report: (FleetMember) -> Void) async throws {
    let deadline = Date().addingTimeInterval(Self.readyDeadlineSeconds)
    for process in processes {
      while await !Self.isReady(process.member) {
        if stop.isRequested { return }
        try checkAlive()
        guard Date() < deadline else {
          throw ToolError(
            "\(process.member.name) is not ready after \(Int(Self.readyDeadlineSeconds)) s:",
            details: process.lastLines())
        }
        try await Task.sleep(for: .milliseconds(50))
      }
      report(process.member)
    }
  }

  /// Throws where a member has ended, with the last lines of its log.
  func checkAlive() throws {
    for process in processes where !process.isRunning {
      throw ToolError("\(process.member.name) has ended (\(process.ending)):", details: process.lastLines())
    }
  }

  /// Stops the members, the last started first; returns those that had to be killed.
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
