import Foundation
import Processes
import Service

/// One running member: a child process that writes its output to a file of its own.
final class FleetProcess: Sendable {
  let member: FleetMember
  let logPath: String
  private let process: ChildProcess

  /// Starts the program with exactly this environment. The child inherits no variable of the tool, so it does not get
  /// the administrator's password. It stops when `life` has ended, and with it this process.
  init(
    _ member: FleetMember, program: URL, environment: [String: String], logPath: String, life: FleetLife
  ) throws {
    self.member = member
    self.logPath = logPath
    guard FileManager.default.isExecutableFile(atPath: program.path) else {
      throw ToolError("no program at \(program.path): build it first (make build)")
    }
    // The log of the run before may explain why there is a new one.
    _ = rename(logPath, "\(logPath).1")
    let made = FileManager.default.createFile(
      atPath: logPath, contents: nil, attributes: [.posixPermissions: 0o600])
    guard made, let log = FileHandle(forWritingAtPath: logPath) else {
      throw ToolError("cannot write \(logPath)")
    }
    let streams = ProcessStreams(
      input: life.input, output: log.fileDescriptor, errors: log.fileDescriptor)
    process = try ChildProcess(
      program.path, [ServiceMain.endWithInput], environment: environment, streams: streams)
  }

  var isRunning: Bool { process.isRunning }
  var identifier: Int32 { process.identifier }

  /// The exit status or signal of a process that has ended.
  var ending: String { process.ending.map { "\($0)" } ?? "still running" }

  /// Sends SIGTERM and waits; after the deadline sends SIGKILL. Returns whether the process ended before the deadline.
  func stop(deadlineSeconds: Double) async -> Bool {
    process.send(SIGTERM)
    let deadline = Date().addingTimeInterval(deadlineSeconds)
    while isRunning, Date() < deadline { try? await Task.sleep(for: .milliseconds(20)) }
    guard isRunning else { return true }
    killNow()
    return false
  }

  /// Sends SIGKILL.
  func killNow() { process.send(SIGKILL) }

  /// The last lines of the process's log, for error messages.
  func lastLines(_ count: Int = 15) -> [String] {
    let text = (try? String(contentsOfFile: logPath, encoding: .utf8)) ?? ""
    return text.split(separator: "\n").suffix(count).map(String.init)
  }
}
