import Foundation
import Runtime
import Synchronization

/// A running program. It writes its output to files, so that no pipe can fill up.
final class Started: Sendable {
  private let process: Mutex<Process>
  private let outPath: URL
  private let errPath: URL

  init(_ program: URL, _ arguments: [String], environment: [String: String], in folder: URL) throws {
    let name = "\(program.lastPathComponent)-\(UUID().uuidString)"
    outPath = folder.appendingPathComponent("\(name).out")
    errPath = folder.appendingPathComponent("\(name).err")
    let child = Process()
    child.executableURL = program
    child.arguments = arguments
    var variables = environment
    variables["PATH"] = variables["PATH"] ?? ProcessInfo.processInfo.environment["PATH"]
    child.environment = variables
    child.currentDirectoryURL = folder
    child.standardInput = FileHandle.nullDevice
    child.standardOutput = try Self.file(outPath)
    child.standardError = try Self.file(errPath)
    try Signals.withNoneBlocked { try child.run() }
    process = Mutex(child)
  }

  var isRunning: Bool { process.withLock { $0.isRunning } }
  var status: Int32 { process.withLock { $0.terminationStatus } }
  var out: String { (try? String(contentsOf: outPath, encoding: .utf8)) ?? "" }
  var err: String { (try? String(contentsOf: errPath, encoding: .utf8)) ?? "" }

  func interrupt() { send(SIGINT) }
  func send(_ signal: Int32) {
    process.withLock { if $0.isRunning { _ = Foundation.kill($0.processIdentifier, signal) } }
  }
  func kill() { _ = process.withLock { Foundation.kill($0.processIdentifier, SIGKILL) } }

  /// Waits for the program's end; false where it does not end within the time.
  func ends(within seconds: Double) async throws -> Bool {
    let deadline = Date().addingTimeInterval(seconds)
    while isRunning, Date() < deadline { try await Task.sleep(for: .milliseconds(20)) }
    return !isRunning
  }

  private static func file(_ path: URL) throws -> FileHandle {
    guard FileManager.default.createFile(atPath: path.path, contents: nil) else {
      throw Program.Failure("cannot write \(path.path)")
    }
    return try FileHandle(forWritingTo: path)
  }
}
